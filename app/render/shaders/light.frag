#version 330 core
#include "blocks.glsl"
#include "tone.glsl"
#include "eyes.glsl"
uniform sampler2D base_color_map;
#ifdef HEAT
#include "heat.glsl"
in float v_heat;
#endif
in vec2 v_uv;
in vec3 v_diffuse;
in vec3 v_gloss;
#ifdef DOUBLE_SIDED
in float v_back;
#endif
#ifdef GLINT
in vec3 v_normal;
in vec3 v_view;
in float v_lamps;
#endif
#ifdef VERTEX_COLOR
in vec4 v_color;
#endif
layout(location = 0) out vec4 fragment;

void main() {
    vec4 texel = texture(base_color_map, v_uv);
    float alpha = texel.a * base_color.a;
#ifdef VERTEX_COLOR
    alpha *= v_color.a;
#endif
#ifdef CUTOUT
    if (alpha < emissive.a) discard;
#endif
#ifdef CORE
    if (alpha < 0.6) discard;
    alpha = 1.0;
#endif
    vec3 albedo = decode_srgb_fast(texel.rgb) * base_color.rgb;
#ifdef VERTEX_COLOR
    albedo *= v_color.rgb;
#endif
#ifdef DOUBLE_SIDED
    vec2 side = gl_FrontFacing ? vec2(1.0, 1.0) : vec2(v_back, 0.0);
    vec3 color = albedo * v_diffuse * side.x + v_gloss * side.y + emissive.rgb * eye.w;
#else
    vec3 color = albedo * v_diffuse + v_gloss + emissive.rgb * eye.w;
#endif
#ifdef GLINT
    color += extras.x * v_lamps * catch_light(reflect(-normalize(v_view), normalize(v_normal))) * eye.w;
#endif
#ifdef CLEAR
    vec3 mirrored = color - albedo * v_diffuse;
    float cover = max(alpha, clamp(max(mirrored.r, max(mirrored.g, mirrored.b)), 0.0, 1.0));
    color = (albedo * v_diffuse * alpha + mirrored) / max(cover, 1e-4);
    alpha = cover;
#endif
#ifdef HEAT
    color = tinted(color, v_heat);
#endif
#ifdef UNLIT
    color = albedo;
    fragment = vec4(encode_srgb_fast(clamp(color, 0.0, 1.0)), alpha);
#else
    fragment = vec4(encode_srgb_fast(aces(color)), alpha);
#endif
}
