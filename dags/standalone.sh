#!/usr/bin/env bash
# Airflow standalone on loopback, with Meibo's DAGs unpaused, over an estate: standalone.sh ESTATE_DIR OUT_DIR
set -euo pipefail
estate=$(realpath "${1:?estate directory}") out=$(realpath -m "${2:?output directory}")
here=$(cd "$(dirname "$0")" && pwd)
port=${MEIBO_AIRFLOW_PORT:-8080}

export PATH="$here/../.venv/bin:$PATH"
export MEIBO_ESTATE="$estate/estate.yaml" MEIBO_OUT="$out"
[ -n "${MEIBO_KEY:-}${MEIBO_KEY_FILE:-}" ] || export MEIBO_KEY_FILE="$estate/demo.key"
AIRFLOW_HOME=$(realpath -m "${AIRFLOW_HOME:-$here/../.airflow}")
export AIRFLOW_HOME AIRFLOW__CORE__DAGS_FOLDER="$here" AIRFLOW__CORE__LOAD_EXAMPLES=False
export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=False
# Nothing listens beyond this machine.
export AIRFLOW__API__HOST=127.0.0.1 AIRFLOW__API__PORT="$port" AIRFLOW__API__BASE_URL="http://127.0.0.1:$port"
export AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://127.0.0.1:$port/execution/"
# A task is a process with dictionaries and models of its own; Airflow's 32 at once would not fit into memory.
export AIRFLOW__CORE__PARALLELISM=${AIRFLOW__CORE__PARALLELISM:-$(nproc)}
# A starved machine answers late; the default of 5 s fails tasks.
export AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT=60

airflow db migrate
airflow pools set meibo_load 1 "one writer of the store"

# Not `airflow standalone`: its log servers listen on every interface, and nothing here needs a triggerer.
trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT
trap 'exit 0' INT TERM
airflow api-server &
airflow dag-processor &
airflow scheduler --skip-serve-logs &
echo "Airflow comes up on http://127.0.0.1:$port; the password of admin stands in $AIRFLOW_HOME/simple_auth_manager_passwords.json.generated"
wait -n
