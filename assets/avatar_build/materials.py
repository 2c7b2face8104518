"""The glTF materials of the avatars, alike for both."""

from __future__ import annotations


def materials() -> dict[str, dict]:
    """Material name -> glTF material; textures are named, not numbered.

    Alpha modes and sides are those of Avaturn's T2 files.
    """
    head = textured("head_color", 1.0, alphaMode="MASK", alphaCutoff=0.5)
    head["pbrMetallicRoughness"]["metallicRoughnessTexture"] = {"index": "head_surface"}
    head["normalTexture"] = {"index": "head_normal", "scale": 1.0}
    head["occlusionTexture"] = {"index": "head_surface", "strength": 0.5}
    cutout = {"alphaMode": "MASK", "alphaCutoff": 0.5, "doubleSided": True}
    blended = {"alphaMode": "BLEND", "doubleSided": True}
    return {
        "Head": head,
        "Body": textured("body_color", 0.58),
        "Teeth": textured("teeth", 0.34),
        "Tongue": textured("tongue", 0.42),
        "Eyes": textured("eye", 0.12),
        "EyeAO": textured("eye_shade", 1.0, **blended),
        "Eyelash": textured("lash", 1.0, **blended),
        "avaturn_look_0_material": textured("knit", 0.9, normalTexture={"index": "knit_normal", "scale": 0.8}, **cutout),
        "avaturn_hair_0_material": textured("hair_color", 0.66, normalTexture={"index": "hair_normal", "scale": 1.0}, **cutout),
    }


def textured(image: str, roughness: float, **more: object) -> dict:
    """A non-metal with a base colour texture.

    Args:
        image: name of the picture.
        roughness: factor.
        **more: further members of the glTF material.

    Returns:
        The material.
    """
    surface = {"baseColorTexture": {"index": image}, "metallicFactor": 0.0, "roughnessFactor": roughness}
    return {"pbrMetallicRoughness": surface, **more}
