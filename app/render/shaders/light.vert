#version 330 core
// The quick set: light is computed per vertex, the fragment only fetches, multiplies and tone-maps.
#include "blocks.glsl"
#include "lamps.glsl"
layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;
layout(location = 2) in vec2 uv;
#ifdef VERTEX_COLOR
layout(location = 3) in vec4 color;
#endif
layout(location = 4) in float occlusion;
out vec2 v_uv;
out vec3 v_diffuse;
out vec3 v_gloss;
#ifdef DOUBLE_SIDED
out vec3 v_back;
#endif
#ifdef GLINT
out vec3 v_normal;
out vec3 v_view;
#endif
#ifdef VERTEX_COLOR
out vec4 v_color;
#endif

vec3 diffuse(vec3 n) {
    return lamp_light(n, 1.0) * reach_of_lamps(occlusion) + sky_light(n) * reach_of_sky(occlusion, vec3(0.5));
}

vec3 gloss(vec3 n, vec3 v) {
    float roughness = clamp(pbr.x, limits.x, limits.y);
    float power = 2.0 / max(roughness * roughness * roughness * roughness, 0.02) - 2.0 + 0.001;
    vec3 sum = vec3(0.0);
    for (int i = 0; i < 3; i++) {
        float facing = max(dot(n, lamp_direction[i].xyz), 0.0);
        float half_facing = max(dot(n, normalize(lamp_direction[i].xyz + v)), 0.0);
        sum += lamp_radiance[i].rgb * facing * pow(half_facing, power);
    }
    float grazing = pow(1.0 - max(dot(n, v), 0.0), 4.0);
    // Blinn-Phong normalised to match GGX's peak at the same roughness (1 / (4 a^2), F0 4 %)
    return (sum * 0.04 * (power + 2.0) * 0.125 * limits.w + sky_light(n) * (wrap.a * grazing)) * reach_of_lamps(occlusion);
}

void main() {
    vec3 n = normalize(normal);
    vec3 v = normalize(eye.xyz - position);
    gl_Position = view_projection * vec4(position, 1.0);
    v_uv = uv;
    v_diffuse = diffuse(n) * eye.w;
    v_gloss = gloss(n, v) * eye.w;
#ifdef DOUBLE_SIDED
    v_back = diffuse(-n) * eye.w;
#endif
#ifdef GLINT
    v_normal = n;
    v_view = v;
#endif
#ifdef VERTEX_COLOR
    v_color = color;
#endif
}
