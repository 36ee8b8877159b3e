#!/usr/bin/env bash
# Install the packages of apt.txt where this user may; tests that miss one skip and say so.
set -u
missing=()
while read -r package; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done < <(grep -vE '^(#|$)' apt.txt)
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -q >/dev/null 2>&1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null 2>&1 && exit 0
fi
echo "not installed, tests that need them are skipped: ${missing[*]}"
