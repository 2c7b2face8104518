#version 330 core
#include "blocks.glsl"
#include "tone.glsl"
#include "lamps.glsl"
#include "gloss.glsl"
#include "eyes.glsl"
uniform sampler2D base_color_map;
uniform sampler2D normal_map;
uniform sampler2D metal_rough_map;
uniform sampler2D occlusion_map;
uniform sampler2D emissive_map;
uniform sampler2DShadow shadow_map;
#ifdef HEAT
#include "heat.glsl"
in float v_heat;
#endif
in vec3 v_position;
in vec3 v_normal;
in vec2 v_uv;
in float v_occlusion;
#ifdef VERTEX_COLOR
in vec4 v_color;
#endif
layout(location = 0) out vec4 fragment;

// Tangents from screen derivatives (Mikkelsen 2010), so that files without TANGENT need none.
vec3 bumped(vec3 n) {
#ifdef NORMAL_MAP
    vec3 m = texture(normal_map, v_uv).xyz * 2.0 - 1.0;
    m.xy *= vec2(pbr.z, -pbr.z); // glTF's v runs down, its green points up
    vec3 dp0 = dFdx(v_position), dp1 = dFdy(v_position);
    vec2 duv0 = dFdx(v_uv), duv1 = dFdy(v_uv);
    vec3 p1 = cross(dp1, n), p0 = cross(n, dp0);
    vec3 t = p1 * duv0.x + p0 * duv1.x;
    vec3 b = p1 * duv0.y + p0 * duv1.y;
    float longest = max(dot(t, t), dot(b, b));
    float scale = longest > 0.0 ? inversesqrt(longest) : 0.0;
    return normalize(t * (m.x * scale) + b * (m.y * scale) + n * m.z);
#else
    return n;
#endif
}

float key_shadow() {
#ifdef SHADOW
    vec4 p = shadow_projection * vec4(v_position, 1.0);
    vec3 q = p.xyz * 0.5 + 0.5;
    float lit = 0.0;
    for (int y = -1; y <= 1; y++)
        for (int x = -1; x <= 1; x++)
            lit += texture(shadow_map, vec3(q.xy + vec2(x, y) * 2.0 * shadow.y, q.z - shadow.z));
    return mix(1.0, lit / 9.0, shadow.x);
#else
    return 1.0;
#endif
}

void main() {
    vec4 base = texture(base_color_map, v_uv);
    base.rgb = decode_srgb(base.rgb);
    base *= base_color;
#ifdef VERTEX_COLOR
    base *= v_color;
#endif
#ifdef CUTOUT
#ifdef COVERAGE
    base.a = clamp((base.a - emissive.a) / max(fwidth(base.a), 1e-4) + 0.5, 0.0, 1.0);
    if (base.a <= 0.0) discard;
#else
    if (base.a < emissive.a) discard;
#endif
#endif
#ifdef CORE
    if (base.a < 0.6) discard;
    base.a = 1.0;
#endif
#ifdef UNLIT
    fragment = vec4(encode_srgb(clamp(base.rgb, 0.0, 1.0)), base.a);
#else
    vec3 smooth_normal = normalize(gl_FrontFacing ? v_normal : -v_normal);
    vec3 n = bumped(smooth_normal);
    vec3 v = normalize(eye.xyz - v_position);
    float roughness = pbr.x, metallic = pbr.y, ao = v_occlusion;
    vec3 glow = emissive.rgb;
#ifdef MAPS
    vec4 mr = texture(metal_rough_map, v_uv);
    roughness *= mr.g;
    metallic *= mr.b;
    ao *= mix(1.0, texture(occlusion_map, v_uv).r, pbr.w);
    glow *= decode_srgb(texture(emissive_map, v_uv).rgb);
#endif
    roughness = clamp(roughness, limits.x, limits.y);
    metallic = min(metallic, limits.z);
    float lamps = reach_of_lamps(ao), shade = key_shadow();
    vec3 albedo = base.rgb * (1.0 - metallic);
    vec3 f0 = mix(vec3(0.04), base.rgb, metallic);
    vec3 color = albedo * (lamp_light(n, shade) * lamps + sky_light(n) * reach_of_sky(ao, albedo));
    color += lamp_gloss(n, v, roughness, f0, shade) * lamps;
    color += room_gloss(n, v, roughness, f0) * ao;
    float grazing = 1.0 - max(dot(n, v), 0.0);
    color += sky_light(n) * (wrap.a * grazing * grazing * grazing * grazing) * lamps;
#ifdef GLINT
    color += extras.x * sqrt(lamps) * catch_light(reflect(-v, smooth_normal));
#endif
#ifdef CLEAR
    // what a clear surface mirrors it mirrors fully, however little of its own colour it has
    vec3 mirrored = color - albedo * (lamp_light(n, shade) * lamps + sky_light(n) * reach_of_sky(ao, albedo));
    float shine = clamp(max(mirrored.r, max(mirrored.g, mirrored.b)) * eye.w, 0.0, 1.0);
    float cover = max(base.a, shine);
    color = (color - mirrored) * (base.a / max(cover, 1e-4)) + mirrored / max(cover, 1e-4);
    base.a = cover;
#endif
    color += glow;
#ifdef HEAT
    color = tinted(color * eye.w, v_heat) / eye.w;
#endif
    fragment = vec4(encode_srgb(aces(color * eye.w)), base.a);
#endif
}
