"""7z archives: some that 7-Zip 26.02 wrote of three small files, and others written here."""

from __future__ import annotations

import base64
import lzma
import struct
import zlib
from collections.abc import Mapping

#: What 7-Zip packs in each of its ways: 名簿/a.csv, b.txt and c.txt, which is empty, or b.txt alone.
WRITTEN = {
    name: base64.b64decode(content)
    for name, content in {
        "bcj": (
            "N3q8ryccAATwpfBiCgAAAAAAAABGAAAAAAAAABSeo6cANplJ/tWM70AAAQQGAAEJCgAHCwEAAiMDAQEFXQAQAAAEAwMB"
            "AwEADAUFAAgKAdWFx+kAAAUBEQ0AYgAuAHQAeAB0AAAAFQYBACCApIEAAA=="
        ),
        "bzip2": (
            "N3q8ryccAASkl1qjlgAAAAAAAAAgAAAAAAAAAC2eDS9CWmg5MUFZJlNZ7PNOuwAAB1kAABAABDgAMgKgADEAMCGgyaHG"
            "TaKAAdOvF3JFOFCQ7PNOuwAAgTMHrg/RTICooJCgckPUseKFUmjygsnNIwba74l976TYxtzwdN6jCtjFGof6NMg15DiZ"
            "zwlXlDP7l8OFSqtfygNWg95HMTKXCLRsGKD3iv7nIC0OUZoCl9t/go/ZgAAXBjUBCWEABwsBAAEjAwEBBV0AEAAADHYK"
            "AarEaSAAAA=="
        ),
        "copy": (
            "N3q8ryccAAQF5wtWcAAAAAAAAAAhAAAAAAAAABeQYXxtZW1vCmEsYgoxLDIKMiwzCgAAgTMHrjGYccohmRZC1jLmhzK3"
            "GBW+F18+Ae4IkgsGOuCb9zj9f0TLStA74+bXiLQvOkWSaoDdpt5cPSvDkQSTllU6d6Yyr+muDMzmBUJC0vC7EXA3IHvi"
            "xf3BggAAFwYRAQlfAAcLAQABIwMBAQVdABAAAAyAhgoB9cMiOwAA"
        ),
        "deflate": (
            "N3q8ryccAASTAHCAdgAAAAAAAAAgAAAAAAAAAFGJ8w0BEQDu/21lbW8KYSxiCjEsMgoyLDMKAACBMweuD89dLwwHyENs"
            "AteFOhtoJldVCTi7yJB9qpC4cLycQQFeGwkXIb3dFUccgbHrUB79q70uNk23UMiHjYGjkjx72VI9sor1E9dmavSpltXe"
            "fKylyrj2F149jgAAFwYWAQlgAAcLAQABIwMBAQVdABAAAAx2CgFnGQ7jAAA="
        ),
        "delta": (
            "N3q8ryccAAS0c1PcCQAAAAAAAABGAAAAAAAAABiQZz8BAARtZW1vnQABBAYAAQkJAAcLAQACISEBACEDAQMBAAwFBQAI"
            "CgHVhcfpAAAFARkFAAAAAAARDQBiAC4AdAB4AHQAAAAVBgEAIICkgQAA"
        ),
        "enc": (
            "N3q8ryccAAT9n9GkcgAAAAAAAAAgAAAAAAAAAAZeTOx42zoHGEfH11sQ30Yih4HqAACBMweuD87ysgwHsMPa919FiphI"
            "SvcgkDC/dpPBLEg//ZPs1u7CTFxHjDRZ46vIiv2ame9+6NppyObKjElyIEEpIZ/l8/7XASwKt7jcBncSx3WerK0dDUJT"
            "ZDWKGQ+7BloXBhABCWIABwsBAAEjAwEBBV0AEAAADHYKAX/bsMgAAA=="
        ),
        "hidden": (
            "N3q8ryccAAQKkt4ycAAAAAAAAAAuAAAAAAAAALcJl7kPwIoO4tooI/QldP6DLRhvzLo1AhWaBZHkWTVg6JwdnKJGT4an"
            "Uh1t/4uty4X8eEoH6ZDyzr5UbHbXq4YlhBbK97pV+RHotlbZ9UVQRXD1V2Nk3vteDrEH4Zetl4p1GpoChI/NHRZKqxmR"
            "FgnnAL4QFwYQAQlgAAcLAQABJAbxBwESUw/OniakJLd6SmGcbPWUFK9VDFYKAXwiS2QAAA=="
        ),
        "link": (
            "N3q8ryccAAQIwpmvCQAAAAAAAAA+AAAAAAAAAHM97VUBAARiLnR4dAABBAYAAQkJAAcLAQABISEBAAwFAAgKAWqNS4YA"
            "AAUBGQwAAAAAAAAAAAAAAAARBQBsAAAAFQYBACCA/6EAAA=="
        ),
        "lzma": (
            "N3q8ryccAATDg1EkgAAAAAAAAAAhAAAAAAAAAJd76WkANplJ/tWPLwpSWnfU/Yyn51lWsu6HYAAAgTMHrg/Pbu6MB8hD"
            "gIOBW/+sd2U/BaYBghtu63qWGVKH7SZChizqirR2189CO2YBjMJzehf3RI3TdRDf7zHlxl0MqrqY4L3vGxqkabRlOcss"
            "mJ566qSC+ZXIc5ukBGGhMwB+EeAAABcGFwEJaQAHCwEAASMDAQEFXQAQAAAMgIYKAYJLz9oAAA=="
        ),
        "lzma2": (
            "N3q8ryccAARNsr3HdgAAAAAAAAAgAAAAAAAAAARsWecBABBtZW1vCmEsYgoxLDIKMiwzCgAAAIEzB64Pz0tvjAfIQ39B"
            "sfr95GF56W08jVmks00c5ur3gX3I36CS/+MXWuFveQL2tZCN4P0Q4RxzefyKeA/mkobUJ8IBgxoA604O0Qcl8Wpo2diD"
            "sG44l+U/qfyCAAAAFwYVAQlhAAcLAQABIwMBAQVdABAAAAx2CgGPjaTFAAA="
        ),
        "plain": (
            "N3q8ryccAATPpVxyFQAAAAAAAAB2AAAAAAAAAI+NpMUBABBtZW1vCmEsYgoxLDIKMiwzCgABBAYAAQkVAAcLAQABISEB"
            "AAwRAAgNAgkFCgHVhcfpRxgrOQAABQQOAcAPAUARMQANVD98AABjAC4AdAB4AHQAAABiAC4AdAB4AHQAAAANVD98LwBh"
            "AC4AYwBzAHYAAAAVEgEAEIDtQSCApIEggKSBIICkgQAA"
        ),
        "ppmd": (
            "N3q8ryccAARNUaymfQAAAAAAAAAhAAAAAAAAAJAoFUMAbPaHm7sc30tErIVuKPbQwLbiAAAAgTMHrg/PObAMB8hDgIOC"
            "4rwsbq1eTVfMEkfb+LMNVh+DnqDXztH79UWKNfe2Ov4m/UUDmeMLWFyM0jGd8w7jwfuMFaK5Vbk6IuEWl9MCjsO3omRL"
            "dL53J3t4tg71wfPuHZSwfIMAABcGFAEJaQAHCwEAASMDAQEFXQAQAAAMgIYKAZFvIN8AAA=="
        ),
    }.items()
}


def sevenzip(files: Mapping[str, bytes], *, claimed: int | None = None) -> bytes:
    """Pack files together as LZMA2; `claimed`: the size the last one is said to have."""
    packed = lzma.compress(b"".join(files.values()), lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2}])
    sizes = [len(content) for content in files.values()]
    sizes[-1] = sizes[-1] if claimed is None else claimed
    # LZMA2 with 8 MiB to look back on.
    header = b"\1\4\6" + _number(0) + b"\1\x09" + _number(len(packed)) + b"\0"
    header += b"\7\x0b\1\0\1\x21\x21\1\x16\x0c" + _number(sum(sizes)) + b"\0"
    header += b"\x08\x0d" + _number(len(files)) + b"\x09" + b"".join(map(_number, sizes[:-1]))
    checksums = b"".join(struct.pack("<I", zlib.crc32(content)) for content in files.values())
    header += b"\x0a\1" + checksums + b"\0\0"
    names = b"\0" + "".join(f"{name}\0" for name in files).encode("utf-16-le")
    header += b"\5" + _number(len(files)) + b"\x11" + _number(len(names)) + names + b"\0\0"
    start = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return b"7z\xbc\xaf\x27\x1c\0\4" + struct.pack("<I", zlib.crc32(start)) + start + packed + header


def _number(value: int) -> bytes:
    return b"\xff" + struct.pack("<Q", value)
