// Highlights: GGX lamps and a soft analytic room.
float ggx(float n_h, float a2) {
    float d = n_h * n_h * (a2 - 1.0) + 1.0;
    return a2 / (d * d); // 1/pi is in the lamp's radiance
}

vec3 one_gloss(vec3 n, vec3 v, vec3 l, float n_v, float a2, vec3 f0) {
    float n_l = max(dot(n, l), 0.0);
    vec3 h = normalize(l + v);
    float n_h = max(dot(n, h), 0.0), v_h = max(dot(v, h), 0.0);
    float masking = 0.5 / max(n_l * sqrt(n_v * n_v * (1.0 - a2) + a2) + n_v * sqrt(n_l * n_l * (1.0 - a2) + a2), 1e-4);
    float f = 1.0 - v_h;
    float f5 = f * f * f * f * f;
    return (f0 + (1.0 - f0) * f5) * (ggx(n_h, a2) * masking * n_l);
}

vec3 lamp_gloss(vec3 n, vec3 v, float roughness, vec3 f0, float key_shadow) {
    float n_v = max(dot(n, v), 1e-3), a = roughness * roughness, a2 = max(a * a, 1e-4);
    vec3 sum = lamp_radiance[0].rgb * key_shadow * one_gloss(n, v, lamp_direction[0].xyz, n_v, a2, f0);
    sum += lamp_radiance[1].rgb * one_gloss(n, v, lamp_direction[1].xyz, n_v, a2, f0);
    sum += lamp_radiance[2].rgb * one_gloss(n, v, lamp_direction[2].xyz, n_v, a2, f0);
    return sum * limits.w;
}

// A room without pictures: the sky and ground light seen in the surface, duller with roughness (Lazarov's fit of the
// split sum as used by three.js and Unreal mobile).
vec3 room_gloss(vec3 n, vec3 v, float roughness, vec3 f0) {
    vec3 r = reflect(-v, n);
    float n_v = max(dot(n, v), 0.0);
    vec4 k = roughness * vec4(-1.0, -0.0275, -0.572, 0.022) + vec4(1.0, 0.0425, 1.04, -0.04);
    float a004 = min(k.x * k.x, exp2(-9.28 * n_v)) * k.x + k.y;
    vec2 fab = vec2(-1.04, 1.04) * a004 + k.zw;
    vec3 room = sky_light(r) + 0.35 * lamp_radiance[0].rgb * pow(max(dot(r, lamp_direction[0].xyz), 0.0), mix(24.0, 2.0, roughness));
    return room * (f0 * fab.x + fab.y) * limits.w;
}
