"""Materials: glTF's metallic-roughness model, and what the KHR_materials extensions reduce to in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.avatar.document import Document
from app.avatar.fields import Json, flag, integer, number, numbers, record, records, text, unit
from app.avatar.model import Material, Texture
from app.avatar.textures import TextureReader
from app.avatar.transmission import made_clear

_SPECULAR_GLOSSINESS = "KHR_materials_pbrSpecularGlossiness"
_TRANSFORM = "KHR_texture_transform"
_TRANSMISSION = "KHR_materials_transmission"
_MTOON = "VRMC_materials_mtoon"
_TOON_TOLD = "Its toon materials (MToon) are drawn flat here: their shades, outlines and rim light are left out."


@dataclass(frozen=True)
class UvMapping:
    """Which texture coordinates a material reads, and how they are transformed.

    Attributes:
        texcoord: n of ``TEXCOORD_n``.
        matrix: (2, 3) float64 that maps (u, v, 1), or None for none.
    """

    texcoord: int = 0
    matrix: np.ndarray | None = None

    def same(self, other: UvMapping) -> bool:
        """Whether both read the same place of a picture."""
        if self.texcoord != other.texcoord or (self.matrix is None) != (other.matrix is None):
            return False
        return self.matrix is None or other.matrix is None or bool(np.allclose(self.matrix, other.matrix))


@dataclass(frozen=True)
class _Slot:
    texture: Texture | None = None
    mapping: UvMapping = UvMapping()


class MaterialReader:
    """Reads the materials of a document once each.

    Args:
        document: the file; its problem list receives what cannot be shown.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._textures = TextureReader(document)
        self._materials: dict[int, tuple[Material, UvMapping]] = {}
        vrm = record(record(document.root, "extensions"), "VRM")
        toon = (m for m in records(vrm, "materialProperties") if "mtoon" in text(m, "shader").lower())
        self._toon_names = {text(m, "name") for m in toon}

    def read(self, index: int | None) -> tuple[Material, UvMapping]:
        """A material and the UVs it wants.

        Args:
            index: into ``materials``, or None for glTF's default material.

        Raises:
            AvatarError: a value in it is invalid.
        """
        if index is None:
            return Material(), UvMapping()
        if index not in self._materials:
            self._materials[index] = self._read(self._document.item("materials", index))
        return self._materials[index]

    def _read(self, source: Json) -> tuple[Material, UvMapping]:
        extensions = record(source, "extensions")
        pbr = record(source, "pbrMetallicRoughness")
        if _SPECULAR_GLOSSINESS in extensions:
            pbr = _from_specular_glossiness(record(extensions, _SPECULAR_GLOSSINESS))
        name = text(source, "name")
        slots = {
            "base_color_texture": self._slot(pbr, "baseColorTexture"),
            "metallic_roughness_texture": self._slot(pbr, "metallicRoughnessTexture"),
            "normal_texture": self._slot(source, "normalTexture"),
            "occlusion_texture": self._slot(source, "occlusionTexture"),
            "emissive_texture": self._slot(source, "emissiveTexture"),
        }
        mapping, textures = self._agree(name, slots)
        strength = number(record(extensions, "KHR_materials_emissive_strength"), "emissiveStrength", 1.0)
        red, green, blue = (min(1.0, max(0.0, c * strength)) for c in numbers(source, "emissiveFactor", (0.0, 0.0, 0.0)))
        material = Material(
            name=name,
            base_color=_color(pbr),
            metallic=unit(pbr, "metallicFactor", 1.0),
            roughness=unit(pbr, "roughnessFactor", 1.0),
            normal_scale=number(record(source, "normalTexture"), "scale", 1.0),
            occlusion_strength=unit(record(source, "occlusionTexture"), "strength", 1.0),
            emissive=(red, green, blue),
            alpha_mode=_alpha_mode(source),
            alpha_cutoff=number(source, "alphaCutoff", 0.5),
            double_sided=flag(source, "doubleSided"),
            unlit="KHR_materials_unlit" in extensions,
            transmission=0.0,
            **textures,
        )
        self._tell_toon(extensions, name)
        clear = record(extensions, _TRANSMISSION)
        mask = self._slot(clear, "transmissionTexture")
        where = mask.texture if mask.mapping.same(mapping) else None
        return made_clear(material, unit(clear, "transmissionFactor", 0.0), where), mapping

    def _tell_toon(self, extensions: Json, name: str) -> None:
        """Say that a toon material loses its shading here."""
        if _MTOON in extensions or name in self._toon_names:
            self._document.note(_TOON_TOLD)

    def _slot(self, owner: Json, key: str) -> _Slot:
        if key not in owner:
            return _Slot()
        info = record(owner, key)
        transform = record(record(info, "extensions"), _TRANSFORM)
        texcoord = integer(transform, "texCoord", integer(info, "texCoord", 0, high=15), high=15)
        matrix = texture_transform(transform) if transform else None
        return _Slot(self._textures.read(integer(info, "index")), UvMapping(texcoord, matrix))

    def _agree(self, name: str, slots: dict[str, _Slot]) -> tuple[UvMapping, dict[str, Texture | None]]:
        """One UV mapping for all pictures of a material; pictures that need another one are left out and named."""
        used = [slot.mapping for slot in slots.values() if slot.texture is not None]
        mapping = used[0] if used else UvMapping()
        kept: dict[str, Texture | None] = {}
        for key, slot in slots.items():
            kept[key] = slot.texture if slot.mapping.same(mapping) else None
            if slot.texture is not None and kept[key] is None:
                self._document.note(
                    f"Material {name!r} maps its {key.replace('_', ' ')} by other coordinates than the rest; it is left out."
                )
        return mapping, kept


def _color(pbr: Json) -> tuple[float, float, float, float]:
    red, green, blue, alpha = (min(1.0, max(0.0, c)) for c in numbers(pbr, "baseColorFactor", (1.0, 1.0, 1.0, 1.0)))
    return red, green, blue, alpha


def _alpha_mode(source: Json) -> Literal["OPAQUE", "MASK", "BLEND"]:
    mode = text(source, "alphaMode", "OPAQUE")
    return "MASK" if mode == "MASK" else "BLEND" if mode == "BLEND" else "OPAQUE"


def _from_specular_glossiness(extension: Json) -> Json:
    """The older workflow's diffuse colour as a rough, non-metallic surface (skin and cloth, which avatars are)."""
    pbr: Json = {
        "baseColorFactor": extension.get("diffuseFactor", [1.0, 1.0, 1.0, 1.0]),
        "metallicFactor": 0.0,
        "roughnessFactor": 1.0 - unit(extension, "glossinessFactor", 1.0),
    }
    if "diffuseTexture" in extension:
        pbr["baseColorTexture"] = extension["diffuseTexture"]
    return pbr


def texture_transform(extension: Json) -> np.ndarray:
    """KHR_texture_transform as a matrix.

    Args:
        extension: its object.

    Returns:
        (2, 3) float64 that maps (u, v, 1): translation * rotation * scale, as the specification orders them.
    """
    angle = number(extension, "rotation", 0.0)
    scale_u, scale_v = numbers(extension, "scale", (1.0, 1.0))
    offset_u, offset_v = numbers(extension, "offset", (0.0, 0.0))
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos * scale_u, sin * scale_v, offset_u], [-sin * scale_u, cos * scale_v, offset_v]])
