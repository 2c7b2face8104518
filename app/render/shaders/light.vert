#version 330 core
// The quick set: light is computed per vertex, the fragment only fetches, multiplies and tone-maps.
#include "blocks.glsl"
#include "lamps.glsl"
#include "gloss.glsl"
layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;
layout(location = 2) in vec2 uv;
#ifdef VERTEX_COLOR
layout(location = 3) in vec4 color;
#endif
layout(location = 4) in float baked;
#ifdef HEAT
layout(location = 5) in float heat;
out float v_heat;
#endif
out vec2 v_uv;
out vec3 v_diffuse;
out vec3 v_gloss;
#ifdef DOUBLE_SIDED
out float v_back; // how bright the back is against the front: one number costs less than a second colour
#endif
#ifdef GLINT
out vec3 v_normal;
out vec3 v_view;
out float v_lamps;
#endif
#ifdef VERTEX_COLOR
out vec4 v_color;
#endif

vec3 diffuse(vec3 n) {
    float occlusion = mix(1.0, baked, shadow.w);
    return lamp_light(n, 1.0) * reach_of_lamps(occlusion) + sky_light(n) * reach_of_sky(occlusion, vec3(0.5));
}

vec3 gloss(vec3 n, vec3 v) {
    float occlusion = mix(1.0, baked, shadow.w);
    float roughness = clamp(extras.z, limits.x, limits.y);
    vec3 f0 = mix(vec3(0.04), base_color.rgb, min(extras.w, limits.z));
    float lamps = reach_of_lamps(occlusion), grazing = 1.0 - max(dot(n, v), 0.0);
    vec3 sum = lamp_gloss(n, v, roughness, f0, 1.0) * lamps + room_gloss(n, v, roughness, f0) * occlusion;
    return sum + sky_light(n) * (wrap.a * grazing * grazing * grazing * grazing * lamps);
}

void main() {
    vec3 n = normalize(normal);
    vec3 v = normalize(eye.xyz - position);
    gl_Position = view_projection * vec4(position, 1.0);
    v_uv = uv;
#ifdef HEAT
    v_heat = heat;
#endif
    v_diffuse = diffuse(n) * (eye.w * (1.0 - min(extras.w, limits.z)));
    v_gloss = gloss(n, v) * eye.w;
#ifdef DOUBLE_SIDED
    const vec3 luminance = vec3(0.2126, 0.7152, 0.0722);
    v_back = dot(diffuse(-n), luminance) / max(dot(diffuse(n), luminance), 1e-4);
#endif
#ifdef GLINT
    v_normal = n;
    v_view = v;
    v_lamps = sqrt(reach_of_lamps(mix(1.0, baked, shadow.w)));
#endif
#ifdef VERTEX_COLOR
    v_color = color;
#endif
}
