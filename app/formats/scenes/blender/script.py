"""The script that Blender runs, for 3.6 to 5.x: its text, into which the motion is put.

Facts of Blender's Python interface (docs.blender.org/api, change logs of 4.4 and 5.0; tried in 4.2 to 5.0):

- Up to 4.3 an action owns its curves (``action.fcurves``); 4.4 put layers and slots between them, with
  ``action.fcurve_ensure_for_datablock`` making what is missing; 5.0 removed ``action.fcurves``.
- The strips of the sequencer are ``sequences`` up to 4.3, ``strips`` from 4.4 on, and ``sequences`` is gone in 5.0.
- ``foreach_set`` takes enumerations as their numbers: LINEAR is 1.
"""

from __future__ import annotations

from app.formats.scenes.known import BLENDER_MARK

#: what stands before and after the motion, which is JSON
OPENING, CLOSING = "MOTION = json.loads(r'''", "''')"

HEAD = f"""{BLENDER_MARK}.
#
# Open this file in Blender's Text Editor and press Run Script, or start Blender with --python and this file.
# It keys the shape keys of the selected meshes by their names, in any spelling (jawOpen, JawOpen, mouthSmile_L); with none of them
# selected, those of all meshes. Rate, range and sound of the scene are set as well. An action that was there before is kept.
import json
import os
import re

import bpy

FIRST_FRAME = 1
"""

TAIL = r"""

def plain(name):
    '''A shape's name without its spelling: jawOpen, JawOpen, jaw_open and face.jawOpen are one.'''
    name = re.sub(r"\.\d{3}$", "", name).rsplit(".", 1)[-1].lower()
    name = re.sub(r"_l(eft)?$", "left", re.sub(r"_r(ight)?$", "right", name))
    return re.sub(r"[^a-z0-9]", "", name)


def values_by_frame(curve):
    '''Frame and value of every key, one after the other, as foreach_set takes them.'''
    start = FIRST_FRAME + MOTION["start_s"] * MOTION["fps"]
    frames = curve.get("frames", range(len(curve["values"])))
    return [number for frame, value in zip(frames, curve["values"]) for number in (start + frame, value)]


def new_action(owner, name):
    '''Give something an action of its own; the one that it had stays in the file.'''
    animation = owner.animation_data_create()
    if animation.action is not None:
        animation.action.use_fake_user = True
    animation.action = bpy.data.actions.new(name)
    return animation.action


def new_curve(action, owner, path, index=0):
    '''An empty curve, in the layers and slots that Blender 4.4 brought or in the action itself.'''
    if hasattr(action, "fcurve_ensure_for_datablock"):
        return action.fcurve_ensure_for_datablock(owner, path, index=index)
    return action.fcurves.new(path, index=index)


def fill(curve, numbers):
    '''Write all keys at once, with straight lines between them.'''
    points = curve.keyframe_points
    points.add(len(numbers) // 2)
    points.foreach_set("co", numbers)
    points.foreach_set("interpolation", [1] * (len(numbers) // 2))
    curve.update()


def wanted_shapes(keys, curves):
    '''Name of each shape key -> its curve.'''
    known = {plain(name): curve for name, curve in curves.items()}
    return {block.name: known[plain(block.name)] for block in keys.key_blocks if plain(block.name) in known}


def key_shapes(keys):
    '''Key one set of shape keys; returns how many. Viseme shapes move only where there are no others.'''
    wanted = wanted_shapes(keys, MOTION["shapes"]) or wanted_shapes(keys, MOTION["visemes"])
    if not wanted:
        return 0
    action = new_action(keys, MOTION["name"] + " " + keys.name)
    for name, curve in wanted.items():
        block = keys.key_blocks[name]
        block.slider_min = max(min(block.slider_min, min(curve["values"])), -10.0)
        block.slider_max = min(max(block.slider_max, max(curve["values"])), 10.0)
        path = 'key_blocks["%s"].value' % bpy.utils.escape_identifier(name)
        fill(new_curve(action, keys, path), values_by_frame(curve))
    return len(wanted)


def meshes():
    '''The selected meshes that have a shape of the motion, or all of them that have.'''
    def fits(thing):
        keys = getattr(thing.data, "shape_keys", None) if thing.type == "MESH" else None
        return keys is not None and bool(wanted_shapes(keys, MOTION["shapes"]) or wanted_shapes(keys, MOTION["visemes"]))
    chosen = [thing for thing in bpy.context.scene.objects if thing.select_get() and fits(thing)]
    return chosen or [thing for thing in bpy.context.scene.objects if fits(thing)]


def set_scene():
    '''Rate and range of the scene.'''
    scene, fps = bpy.context.scene, MOTION["fps"]
    scene.render.fps = max(int(fps + 0.5), 1)
    scene.render.fps_base = scene.render.fps / fps
    scene.frame_start = FIRST_FRAME
    scene.frame_end = max(FIRST_FRAME, int(FIRST_FRAME + MOTION["end_s"] * fps + 0.5) - 1)


def sound_file():
    '''The sound beside this script or beside the .blend file, or nothing.'''
    if not MOTION["sound"]:
        return ""
    places = [globals().get("__file__", "")] + [text.filepath for text in bpy.data.texts] + ["//x"]
    found = [os.path.join(os.path.dirname(bpy.path.abspath(place)), MOTION["sound"]) for place in places if place]
    return next((path for path in found if os.path.isfile(path)), "")


def add_sound(path):
    '''A strip of the sound in the sequencer, heard while the motion plays; none twice.'''
    scene = bpy.context.scene
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    for strip in list(strips):
        if strip.type == "SOUND" and strip.name == MOTION["sound"]:
            strips.remove(strip)
    channel = 1 + max([strip.channel for strip in strips], default=0)
    try:
        strips.new_sound(name=MOTION["sound"], filepath=path, channel=channel, frame_start=FIRST_FRAME)
    except RuntimeError as error:
        print("VisemeSync: the sound was not added (%s)." % error)
        return
    scene.sync_mode = "AUDIO_SYNC"


def turn_empty():
    '''The head's rotation on an empty, to be copied to a bone by a constraint (pitch about X, yaw about Z, roll about Y).'''
    name = MOTION["name"] + " head"
    empty = bpy.data.objects.get(name)
    if empty is None:
        empty = bpy.data.objects.new(name, None)
        bpy.context.scene.collection.objects.link(empty)
    empty.rotation_mode = "YXZ"
    action = new_action(empty, name)
    for index, values in enumerate(MOTION["head"]):
        fill(new_curve(action, empty, "rotation_euler", index), values_by_frame({"values": values}))


def main():
    '''Key everything, and say what was done.'''
    set_scene()
    done = {thing.data.shape_keys.name: thing for thing in meshes()}
    keyed = {thing.name: key_shapes(thing.data.shape_keys) for thing in done.values()}
    if MOTION["head"]:
        turn_empty()
    path = sound_file()
    if path:
        add_sound(path)
    elif MOTION["sound"]:
        print("VisemeSync: %s is not beside this script, so no sound was added." % MOTION["sound"])
    if keyed:
        print("VisemeSync: keyed " + ", ".join("%d shapes of %s" % (n, name) for name, n in keyed.items()) + ".")
    else:
        print("VisemeSync: no mesh has a shape key of a known name, such as jawOpen.")
    return keyed


KEYED = main()
"""
