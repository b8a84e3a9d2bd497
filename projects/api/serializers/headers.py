"""The headers of preconditions, for the OpenAPI document."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse


def _header(name: str, description: str, **options: Any) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, OpenApiParameter.HEADER, description=description, **options)


IF_MATCH = _header("If-Match", "The ETag of the version that you read; without it 428, when stale 412.", required=True)
IF_MATCH_OPTIONAL = _header("If-Match", "The ETag of the version that you read; when given and stale 412.")
IF_NONE_MATCH = _header("If-None-Match", "An ETag that you have; 304 when it is the present one.")
ETAG = _header("ETag", "Names what is shown; send it as If-Match or If-None-Match.", response=[200, 201])

READ = [IF_NONE_MATCH, ETAG]
WRITE = [IF_MATCH, ETAG]
CHANGE = [IF_MATCH_OPTIONAL, ETAG]
UNCHANGED = OpenApiResponse(description="Not Modified")
