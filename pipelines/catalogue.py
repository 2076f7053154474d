"""The Thai government catalogue's metadata: its closed lists and the 14 mandatory fields.

The lists are data (`vocabularies/gd_catalogue.yaml`); this module makes them checkable. The codes by
which DCAT-AP says the same are data likewise (`vocabularies/dcat.yaml`).
Year fields are Buddhist and date fields Gregorian ISO, as the catalogue stores them.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

VOCABULARY = "pipelines/vocabularies/gd_catalogue.yaml"
#: Where the vocabularies are that DCAT-AP leans on.
EU = "http://publications.europa.eu/resource/authority"


@cache
def vocabulary() -> dict[str, Any]:
    """Return the closed lists, as read from the reviewed file."""
    return _read("gd_catalogue.yaml")


@cache
def dcat_codes() -> dict[str, Any]:
    """Return the codes of DCAT-AP, as read from the reviewed file."""
    return _read("dcat.yaml")


def _read(name: str) -> dict[str, Any]:
    text = files("pipelines").joinpath(f"vocabularies/{name}").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


@dataclass(frozen=True)
class OneOf:
    """Annotation: the text is one of a closed list of the catalogue."""

    name: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "enum": list(vocabulary()[self.name])}

    def _check(self, value: str) -> str:
        if value not in vocabulary()[self.name]:
            raise ValueError(f"not one of the catalogue's {self.name}: {', '.join(vocabulary()[self.name])}")
        return value


class Model(BaseModel):
    """Strict and frozen: an unknown key is an error, because it is usually a typing slip."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Bilingual(Model):
    """A text in Thai and in English; neither may be empty."""

    th: str = Field(min_length=1, pattern=r"[ก-๙]")
    """Thai text."""
    en: str = Field(min_length=1)
    """English text."""


class Catalogue(Model):
    """The catalogue fields that nothing else in dataset.yaml says already."""

    data_type: Annotated[str, OneOf("data_type")]
    """ประเภทชุดข้อมูล, field 1 of 14."""
    keywords: Annotated[tuple[Annotated[str, Field(pattern=r"^[ก-๙\w \-.]+$")], ...], Field(min_length=1)]
    """คำสำคัญ (`tag_string`), field 6."""
    objective: Annotated[tuple[Annotated[str, OneOf("objective")], ...], Field(min_length=1)]
    """วัตถุประสงค์, field 8."""
    geo_coverage: Annotated[str, OneOf("geo_coverage")]
    """ขอบเขตเชิงภูมิศาสตร์หรือเชิงพื้นที่, field 10."""
    data_source: Bilingual
    """แหล่งที่มา, field 11: where the agency has the data from."""
    data_category: Annotated[str, OneOf("data_category")] = "ข้อมูลสาธารณะ"
    """หมวดหมู่ข้อมูลตามธรรมาภิบาลข้อมูลภาครัฐ, field 13, of what is published."""
    data_language: tuple[Annotated[str, OneOf("data_language")], ...] = ("ไทย",)
    """ภาษาที่ใช้."""
    disaggregate: tuple[Annotated[str, OneOf("disaggregate")], ...] = ()
    """การจัดจำแนก, for statistics."""
    unit_of_measure: str | None = None
    """หน่วยวัด, for statistics."""
    unit_of_multiplier: Annotated[str, OneOf("unit_of_multiplier")] | None = None
    """หน่วยตัวคูณ, for statistics."""
    calculation_method: str | None = None
    """วิธีการคำนวณ, for statistics."""
    high_value_dataset: bool = False
    """ชุดข้อมูลที่มีคุณค่าสูง."""
    reference_data: bool = False
    """ข้อมูลอ้างอิง."""
    theme: Annotated[str, Field(pattern=r"^[A-Z]{4}$")] = "GOVE"
    """Code of the EU data-theme vocabulary that DCAT-AP uses (`GOVE`, `ECON`, `SOCI`, …)."""
