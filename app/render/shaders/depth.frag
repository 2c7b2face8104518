#version 330 core
uniform sampler2D base_color_map;
in vec2 v_uv;

void main() {
#ifdef CUTOUT
    if (texture(base_color_map, v_uv).a < 0.5) discard;
#endif
}
