"""What an object store refuses, and why: its codes and botocore's errors as ours. Their messages quote keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipelines.errors import NotExamined

#: What is wrong with the store or the login, not with an object: no other object can be read either.
OF_STORE = frozenset({"store-unreachable", "store-login-refused", "credentials-missing", "bucket-missing"})

_LOGIN = (
    "store-login-refused",
    "give the credentials the right to list and read the bucket, or correct them",
)
_DOWN = ("store-unreachable", "look after the store, or correct the endpoint")
_BUSY = ("store-overloaded", "look after the store, or scan when others ask less of it")
_NO_LOGIN = ("credentials-missing", "name credentials, or give the provider's own chain some")
_GONE = ("file-missing", "it was deleted meanwhile")
_CHANGED = ("changed-while-reading", "scan again when nobody writes to it")
_LOCKED = ("object-encrypted", "let the credentials use its key; a key the customer keeps cannot be given")

#: Codes of a store → ours, whichever request it answers.
_CODES = {
    **dict.fromkeys(("AuthFailure", "ExpiredToken", "InvalidAccessKeyId", "InvalidClientTokenId"), _LOGIN),
    **dict.fromkeys(("InvalidToken", "RequestTimeTooSkewed", "SignatureDoesNotMatch"), _LOGIN),
    **dict.fromkeys(("PreconditionFailed", "InvalidRange", "412", "416"), _CHANGED),
    "InvalidObjectState": ("object-archived", "restore it from its archive tier, or exclude it"),
    "NoSuchBucket": ("bucket-missing", "correct the uri of the source"),
    "NoSuchKey": _GONE,
}
_OF_OBJECT = {
    403: ("object-refused", "give the credentials the right to read it and to use its key"),
    404: _GONE,
}
#: How stores call it that an object lies under a key the customer has to send along, or one of a key service.
_UNDER_A_KEY = ("InvalidArgument", "InvalidRequest", "KMS", "XKS")
_OF_BUCKET = {401: _LOGIN, 403: _LOGIN, 404: _CODES["NoSuchBucket"]}

#: What botocore raises before or beside an answer.
_ERRORS = {
    "NoCredentialsError": _NO_LOGIN,
    "PartialCredentialsError": _NO_LOGIN,
    "CredentialRetrievalError": _NO_LOGIN,
    "MetadataRetrievalError": _NO_LOGIN,
    "SSOError": _NO_LOGIN,
    "LoginError": _NO_LOGIN,
    # It was reached: one object may do that, and the others be read.
    "ReadTimeoutError": _BUSY,
    "ConnectionClosedError": _BUSY,
    "HTTPClientError": _DOWN,
    "ConnectionError": _DOWN,
}


@contextmanager
def told(*, of_object: bool) -> Iterator[None]:
    """Turn what a request raises into `NotExamined` without a place; `of_object`: it asked for one object."""
    try:
        yield
    except NotExamined:
        raise
    except Exception as error:
        raise NotExamined(*_why(error, of_object=of_object)) from None


def is_unchanged(error: Exception) -> bool:
    """Say whether a store answered that the object is what the caller holds already."""
    return _status(error) == 304


def _why(error: Exception, *, of_object: bool) -> tuple[str, str, str]:
    code, hint = _by_answer(error, of_object=of_object) or _by_kind(error)
    return code, "", hint


def _by_answer(error: Exception, *, of_object: bool) -> tuple[str, str] | None:
    status = _status(error)
    if not status:
        return None
    code = str(_response(error).get("Error", {}).get("Code", ""))
    if code in _CODES:
        return _CODES[code]
    if of_object and code.startswith(_UNDER_A_KEY):
        return _LOCKED
    if status in (408, 429) or status >= 500:
        return _BUSY
    return (_OF_OBJECT if of_object else _OF_BUCKET).get(status)


def _by_kind(error: Exception) -> tuple[str, str]:
    names = (kind.__name__ for kind in type(error).__mro__)
    refused = ("store-refused", "look at the store's own log, and at region and endpoint of the source")
    return next((_ERRORS[name] for name in names if name in _ERRORS), refused)


def _status(error: Exception) -> int:
    return int(_response(error).get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _response(error: Exception) -> dict[str, Any]:
    response = getattr(error, "response", None)
    return response if isinstance(response, dict) else {}
