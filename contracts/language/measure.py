"""Numbers with a unit and a range. The unit is in the field's name as well, so that it is read where it is used."""

from typing import Annotated, Any

from msgspec import Meta


def _unit(symbol: str) -> dict[str, Any]:
    return {"x-unit": symbol}


Percent = Annotated[float, Meta(ge=0, le=100, extra_json_schema=_unit("%"))]
Seconds = Annotated[float, Meta(ge=0, extra_json_schema=_unit("s"))]
Milliseconds = Annotated[float, Meta(ge=0, extra_json_schema=_unit("ms"))]
Bytes = Annotated[int, Meta(ge=0, extra_json_schema=_unit("B"))]
Count = Annotated[int, Meta(ge=0)]
BitsPerSecond = Annotated[int, Meta(ge=0, extra_json_schema=_unit("bit/s"))]
Dbm = Annotated[float, Meta(ge=-200, le=100, extra_json_schema=_unit("dBm"))]
Decibel = Annotated[float, Meta(ge=-200, le=200, extra_json_schema=_unit("dB"))]
Celsius = Annotated[float, Meta(ge=-100, le=300, extra_json_schema=_unit("°C"))]
Volt = Annotated[float, Meta(ge=0, le=1000, extra_json_schema=_unit("V"))]
Ampere = Annotated[float, Meta(ge=0, le=1000, extra_json_schema=_unit("A"))]
Watt = Annotated[float, Meta(ge=0, le=100_000, extra_json_schema=_unit("W"))]
Hertz = Annotated[int, Meta(ge=0, extra_json_schema=_unit("Hz"))]
Port = Annotated[int, Meta(ge=1, le=65535)]
