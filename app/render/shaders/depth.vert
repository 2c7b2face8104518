#version 330 core
// Depth only, seen from a lamp or from one direction of the sky.
layout(location = 0) in vec3 position;
layout(location = 2) in vec2 uv;
uniform mat4 lamp_projection;
out vec2 v_uv;

void main() {
    gl_Position = lamp_projection * vec4(position, 1.0);
    v_uv = uv;
}
