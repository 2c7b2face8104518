"""What the loader reads, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.nvidia.bundle import load_bundle
from models.nvidia.errors import BundleError
from models.nvidia.model import open_model
from models.nvidia.names import EMOTIONS, SKIN_POSES, TONGUE_POSES
from tests.nvidia_bundles import synthetic


def edit(path: Path, change) -> None:
    """Change a JSON file in place."""
    data = json.loads(path.read_text("utf-8"))
    change(data)
    path.write_text(json.dumps(data), "utf-8")


def edit_arrays(path: Path, **changes) -> None:
    """Change arrays of an archive in place; None removes one."""
    with np.load(path) as archive:
        arrays = dict(archive)
    for name, value in changes.items():
        if value is None:
            del arrays[name]
        else:
            arrays[name] = value
    np.savez(path, **arrays)


def refused(folder: Path, words: str) -> None:
    """Assert that the bundle is refused with one sentence that holds ``words``."""
    with pytest.raises(BundleError, match=words) as caught:
        load_bundle(folder)
    text = str(caught.value)
    assert text.endswith(".") and "\n" not in text and len(text) < 320


def test_a_regression_bundle_is_read(bundles):
    bundle = load_bundle(bundles / "regression")
    assert (bundle.kind, bundle.actor, bundle.version) == ("regression", "Synthetic", "2.3.1")
    assert bundle.network.name == "network.onnx"
    assert (bundle.buffer_len, bundle.buffer_ofs, bundle.samplerate) == (8320, 4160, 16000)
    assert bundle.widths.total == 12 + 10 + 15 + 4
    assert bundle.emotions == EMOTIONS
    [face] = bundle.identities
    assert face.skin_rig.names == SKIN_POSES and face.tongue_rig.names == TONGUE_POSES
    assert face.skin_rig.deltas.shape == (52, 200, 3) and len(face.skin.rows) == 200
    assert face.face.lower_face_strength == 1.4 and face.face.blink_offset == 0
    assert face.skin_rig.settings.active.count(True) == 43
    assert bundle.notes == ()


def test_the_implicit_emotion_is_the_row_of_its_shot(bundles):
    with np.load(bundles / "joy" / "implicit_emo_db.npz") as archive:
        assert np.array_equal(load_bundle(bundles / "joy").implicit, archive["emo_db"][40 + 5])
    with np.load(bundles / "regression" / "implicit_emo_db.npz") as archive:
        assert np.array_equal(load_bundle(bundles / "regression").implicit, archive["emo_db"][33])


def test_a_diffusion_bundle_is_read(bundles):
    bundle = load_bundle(bundles / "diffusion")
    assert [face.name for face in bundle.identities] == ["Claire", "James", "Mark"]
    assert (bundle.fps, bundle.stride, bundle.frames) == (60, 8000, 60)
    assert bundle.widths.skin == 600 and bundle.identities[1].skin.shapes is None
    assert not np.array_equal(bundle.identities[0].skin.neutral, bundle.identities[2].skin.neutral)


def test_sizes_come_from_the_files(tmp_path):
    sizes = synthetic.Sizes(300, 70, 9, 7, 6400, 3000, 5, 16)
    bundle = load_bundle(synthetic.write_regression(tmp_path / "r", sizes=sizes))
    assert (bundle.buffer_len, bundle.buffer_ofs, bundle.widths.total, len(bundle.implicit)) == (6400, 3000, 9 + 7 + 19, 5)
    model = open_model(tmp_path / "r", "torch", "cpu")
    assert model.animate(np.zeros(1600, np.float32)).weights.shape == (3, 68)
    small = load_bundle(synthetic.write_diffusion(tmp_path / "d", sizes=synthetic.Sizes(120, 40, latent=8)))
    assert (small.widths.total, small.latent) == (360 + 120 + 19, 8)


def test_a_number_too_large_for_a_float_is_refused(copy):
    folder = copy("regression")
    edit(folder / "model_config.json", lambda c: c["config"].update(skin_strength=10**400))
    with pytest.raises(BundleError, match="skin_strength must be a number"):
        load_bundle(folder)


def test_names_may_be_text_or_bytes(copy):
    folder = copy("regression")
    edit_arrays(folder / "bs_skin.npz", poseNames=np.array(["neutral", *SKIN_POSES]))
    assert load_bundle(folder).identities[0].skin_rig.names == SKIN_POSES


def test_file_names_are_those_of_the_index(copy):
    folder = copy("regression")
    (folder / "bs_skin.npz").rename(folder / "bs_skin_anna.npz")
    edit(folder / "model.json", lambda m: m["blendshapePaths"]["skin"].update(data="bs_skin_anna.npz"))
    assert load_bundle(folder).identities[0].skin_rig is not None


@pytest.mark.parametrize("paths", [None, {}, [], {"skin": {}}, [{"skin": None}]])
def test_blendshapes_may_be_absent(copy, paths):
    folder = copy("regression")
    edit(folder / "model.json", lambda m: m.update(blendshapePaths=paths))
    face = load_bundle(folder).identities[0]
    assert face.skin_rig is None and face.tongue_rig is None and len(face.skin.rows) == 400
    with pytest.raises(BundleError, match="bs_skin"):
        open_model(folder, "torch", "cpu").animate(np.zeros(100, np.float32))


def test_blendshapes_may_come_as_a_list(copy):
    folder = copy("regression")
    edit(folder / "model.json", lambda m: m.update(blendshapePaths=[m["blendshapePaths"]]))
    assert load_bundle(folder).identities[0].skin_rig is not None


def test_the_tongue_may_be_missing(copy):
    folder = copy("regression")
    edit(folder / "model.json", lambda m: m["blendshapePaths"].pop("tongue"))
    frames = open_model(folder, "torch", "cpu").animate(np.zeros(1600, np.float32))
    assert frames.weights.shape == (3, 52)


def test_the_mask_may_be_missing_and_extras_are_noted(copy):
    folder = copy("regression")
    edit_arrays(folder / "bs_skin.npz", frontalMask=None, strange=np.zeros(3))
    edit(folder / "network_info.json", lambda i: i["params"].update(colour="blue"))
    edit(folder / "model_config.json", lambda c: c["config"].pop("skin_strength"))
    bundle = load_bundle(folder)
    assert bundle.identities[0].skin_rig.deltas.shape == (52, 400, 3)
    assert bundle.identities[0].face.skin_strength == 1.0
    text = "\n".join(bundle.notes)
    assert "strange" in text and "colour" in text and "skin_strength is missing" in text and len(bundle.notes) == 3


def test_a_hugging_face_cache_is_followed(copy, tmp_path):
    source = copy("regression")
    blobs, snapshot = tmp_path / "hub" / "blobs", tmp_path / "hub" / "snapshots" / "abc"
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for i, path in enumerate(source.iterdir()):
        path.rename(blobs / str(i))
        (snapshot / path.name).symlink_to(Path("..") / ".." / "blobs" / str(i))
    assert load_bundle(snapshot).identities[0].skin_rig is not None


JSON_DAMAGE = {
    "wrong type": ("network_info.json", lambda d: d["id"].update(type="diffusion"), "type must be 'regression'"),
    "wrong output": ("network_info.json", lambda d: d["id"].update(output="joints"), "output must be 'geometry'"),
    "no params": ("network_info.json", lambda d: d.pop("params"), "params must be an object but is missing"),
    "text size": ("network_info.json", lambda d: d["params"].update(num_verts_skin="many"), "num_verts_skin must be a whole number"),
    "negative size": ("network_info.json", lambda d: d["params"].update(num_shapes_skin=-1), "num_shapes_skin must be"),
    "boolean size": ("network_info.json", lambda d: d["params"].update(num_shapes_skin=True), "num_shapes_skin must be"),
    "jaw": ("network_info.json", lambda d: d["params"].update(result_jaw_size=12), "result_jaw_size must be 15"),
    "eyes": ("network_info.json", lambda d: d["params"].update(result_eyes_size=6), "result_eyes_size must be 4"),
    "emotion length": ("network_info.json", lambda d: d["params"].update(default_emotion=[0.0]), "a list of 10 numbers"),
    "emotion twice": ("network_info.json", lambda d: d["params"].update(explicit_emotions=["joy"] * 10), "different texts"),
    "offset": ("network_info.json", lambda d: d["audio_params"].update(buffer_ofs=9000), "buffer_ofs must be"),
    "other mesh": ("network_info.json", lambda d: d["params"].update(num_verts_skin=401), "different bundles"),
    "other basis": ("network_info.json", lambda d: d["params"].update(num_shapes_skin=11), "different bundles"),
    "infinite": ("model_config.json", lambda d: d["config"].update(skin_strength=float("inf")), "skin_strength must be a number"),
    "out of range": ("model_config.json", lambda d: d["config"].update(skin_strength=7), "between 0 and 2"),
    "no shot": ("model_config.json", lambda d: d["config"].update(source_shot="x"), "no shot 'x'"),
    "no frame": ("model_config.json", lambda d: d["config"].update(source_frame=40), "no frame 40"),
    "missing shot": ("model_config.json", lambda d: d["config"].pop("source_shot"), "source_shot must be a text"),
    "list length": ("bs_skin_config.json", lambda d: d["blendshape_params"]["bsSolveActivePoses"].pop(), "a list of 52 numbers"),
    "poses": ("bs_tongue_config.json", lambda d: [d["blendshape_params"].update(numPoses=15)] + [
        v.pop() for v in d["blendshape_params"].values() if isinstance(v, list)], "16 poses but"),
    "active": ("bs_skin_config.json", lambda d: d["blendshape_params"]["bsSolveActivePoses"].__setitem__(0, 2), "0 and 1"),
    "lone pair": ("bs_skin_config.json", lambda d: d["blendshape_params"]["bsSolveSymmetryPoses"].__setitem__(20, 77), "exactly twice"),
    "triple": ("bs_skin_config.json", lambda d: d["blendshape_params"].update(bsSolveCancelPoses=[4] * 3 + [-1] * 49), "exactly twice"),
    "bad id": ("bs_skin_config.json", lambda d: d["blendshape_params"]["bsSolveCancelPoses"].__setitem__(0, -7), "exactly twice"),
    "no strength": ("bs_skin_config.json", lambda d: d["blendshape_params"].pop("strengthSymmetry"), "strengthSymmetry must be a number"),
    "negative strength": ("bs_skin_config.json", lambda d: d["blendshape_params"].update(strengthL2regularization=-1), "l2 must lie"),
    "outside": ("model.json", lambda d: d.update(modelDataPath="../model_data.npz"), "leaves the bundle"),
    "absolute": ("model.json", lambda d: d.update(modelDataPath="/etc/passwd"), "leaves the bundle"),
    "drive": ("model.json", lambda d: d.update(modelDataPath="C:\\model_data.npz"), "leaves the bundle"),
    "backslash": ("model.json", lambda d: d.update(networkPath="..\\..\\network.onnx"), "leaves the bundle"),
    "empty path": ("model.json", lambda d: d.update(emotionDatabasePath=""), "leaves the bundle"),
    "path type": ("model.json", lambda d: d.update(networkPath=3), "networkPath must be a text"),
    "paths type": ("model.json", lambda d: d.update(blendshapePaths="bs_skin.npz"), "blendshapePaths"),
    "two actors": ("model.json", lambda d: d.update(blendshapePaths=[d["blendshapePaths"]] * 2), "one actor"),
    "foreign": ("model.json", lambda d: d.clear(), "not that of an Audio2Face-3D bundle"),
    "absent file": ("model.json", lambda d: d.update(modelDataPath="gone.npz"), "gone.npz is missing"),
}  # fmt: skip


@pytest.mark.parametrize("case", JSON_DAMAGE)
def test_wrong_json_is_refused(copy, case):
    name, change, words = JSON_DAMAGE[case]
    folder = copy("regression")
    edit(folder / name, change)
    refused(folder, words)


ARRAY_DAMAGE = {
    "not a number": ("model_data.npz", {"shapes_mean_skin": np.full((400, 3), np.nan, np.float32)}, "not numbers"),
    "too large": ("model_data.npz", {"shapes_mean_skin": np.full((400, 3), 1e300)}, "not numbers"),
    "missing": ("model_data.npz", {"neutral_jaw": None}, "neutral_jaw is missing"),
    "shape": ("model_data.npz", {"neutral_jaw": np.zeros((4, 3), np.float32)}, "must be 5 x 3 but is 4 x 3"),
    "type": ("model_data.npz", {"neutral_jaw": np.zeros((5, 3), np.int32)}, "wrong type int32"),
    "no saccades": ("model_data.npz", {"saccade_rot_matrix": np.zeros((0, 2), np.float32)}, "eye movements is empty"),
    "first pose": ("bs_skin.npz", {"poseNames": np.array(["jawOpen", *SKIN_POSES])}, "first pose must be 'neutral'"),
    "twice": ("bs_skin.npz", {"poseNames": np.array(["neutral", *SKIN_POSES[:-1], "jawOpen"])}, "occurs twice"),
    "absent pose": ("bs_skin.npz", {"jawOpen": None}, "jawOpen is missing"),
    "mask": ("bs_skin.npz", {"frontalMask": np.array([0, 400], np.int32)}, "frontalMask"),
    "no mask": ("bs_skin.npz", {"frontalMask": np.zeros(0, np.int32)}, "frontalMask"),
    "flat": ("bs_tongue.npz", {"neutral": np.zeros((120, 3), np.float32)}, "has no size"),
    "pickled": ("bs_skin.npz", {"neutral": np.array([{"a": 1}], dtype=object)}, "pickled"),
    "bad text": ("bs_skin.npz", {"poseNames": np.array([b"neutral", b"\xff"])}, "poseNames is damaged"),
    "database": ("implicit_emo_db.npz", {"emo_db": np.zeros((60, 15), np.float32)}, "must be any x 16"),
    "start": ("implicit_emo_db.npz", {"emo_spec_start": np.array([50, 40], np.int32)}, "no frame 33"),
    "starts": ("implicit_emo_db.npz", {"emo_spec_start": np.array([0], np.int32)}, "must be 2"),
}  # fmt: skip


@pytest.mark.parametrize("case", ARRAY_DAMAGE)
def test_wrong_arrays_are_refused(copy, case):
    name, changes, words = ARRAY_DAMAGE[case]
    folder = copy("regression")
    edit_arrays(folder / name, **changes)
    refused(folder, words)


def test_files_that_are_not_what_they_should_be(copy):
    folder = copy("regression")
    (folder / "bs_skin.npz").write_bytes(b"PK nothing")
    refused(folder, "not a NumPy archive")
    (folder / "network_info.json").write_text("{", "utf-8")
    refused(folder, "network_info.json is not valid JSON")
    (folder / "model.json").write_text("[1]", "utf-8")
    refused(folder, "must hold one JSON object")
    (folder / "model.json").write_text("[" * 100_000, "utf-8")
    refused(folder, "not valid JSON")
    (folder / "model.json").unlink()
    refused(folder, "model.json is missing")
    refused(folder / "absent", "no folder 'absent'")


def test_an_array_larger_than_its_file_is_refused(copy):
    import zipfile

    folder = copy("regression")
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (400, 3), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    with zipfile.ZipFile(folder / "bs_skin.npz") as old:
        entries = {n: old.read(n) for n in old.namelist()}
    entries["neutral.npy"] = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + b"1234"
    with zipfile.ZipFile(folder / "bs_skin.npz", "w") as new:
        for name, data in entries.items():
            new.writestr(name, data)
    refused(folder, "neutral is damaged")


def test_a_link_out_of_the_folder_is_refused(copy, tmp_path):
    folder = copy("regression")
    secret = tmp_path / "secret.npz"
    (folder / "model_data.npz").rename(secret)
    (folder / "model_data.npz").symlink_to(secret)
    refused(folder, "link out of the bundle")


def test_the_network_must_be_there_and_fit(copy):
    folder = copy("regression")
    (folder / "network.onnx").write_bytes((copy("diffusion") / "network.onnx").read_bytes())
    with pytest.raises(BundleError, match="instead of input, emotion"):
        open_model(folder, "torch", "cpu")
    sizes = synthetic.Sizes(skin_shapes=5)
    synthetic.regression_network(np.random.default_rng(0), sizes).write(folder / "network.onnx")
    for engine in ("torch", "onnxruntime"):
        with pytest.raises(BundleError, match="gives 34 values per frame, network_info says 41"):
            open_model(folder, engine, "cpu")
    synthetic.regression_network(np.random.default_rng(0), synthetic.Sizes(implicit=7)).write(folder / "network.onnx")
    with pytest.raises(BundleError, match="emotion is 17 wide, the bundle's files say 26"):
        open_model(folder, "torch", "cpu")
    (folder / "network.onnx").unlink()
    refused(folder, "no network.onnx")


def test_a_diffusion_bundle_needs_files_for_each_identity(copy):
    folder = copy("diffusion")
    edit(folder / "model.json", lambda m: m["modelDataPaths"].pop())
    refused(folder, "for each of the 3 identities")


def test_identities_are_chosen_by_name(bundles):
    assert open_model(bundles / "diffusion", "torch", "cpu", "james").identity == 1
    with pytest.raises(BundleError, match="choose from Claire, James, Mark"):
        open_model(bundles / "diffusion", "torch", "cpu", "anna")


def test_an_emotion_bundle_has_no_face(bundles):
    refused(bundles / "emotion", "has no face")
