#version 330 core
#include "blocks.glsl"
layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;
layout(location = 2) in vec2 uv;
#ifdef VERTEX_COLOR
layout(location = 3) in vec4 color;
out vec4 v_color;
#endif
layout(location = 4) in float occlusion;
#ifdef HEAT
layout(location = 5) in float heat;
out float v_heat;
#endif
out vec3 v_position;
out vec3 v_normal;
out vec2 v_uv;
out float v_occlusion;

void main() {
    gl_Position = view_projection * vec4(position, 1.0);
    v_position = position;
    v_normal = normal;
    v_uv = uv;
#ifdef HEAT
    v_heat = heat;
#endif
    v_occlusion = mix(1.0, occlusion, shadow.w);
#ifdef VERTEX_COLOR
    v_color = color;
#endif
}
