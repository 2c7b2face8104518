// Distances between two poses of one head as colours on a grey face: yellow, then red.
const vec3 HEAT_LUMINANCE = vec3(0.2126, 0.7152, 0.0722);
vec3 heated(vec3 color, float heat) {
    float t = clamp(heat, 0.0, 1.0);
    vec3 grey = vec3(dot(color, HEAT_LUMINANCE));
    vec3 hot = mix(vec3(1.0, 0.72, 0.08), vec3(0.9, 0.02, 0.02), smoothstep(0.25, 1.0, t));
    return mix(grey, hot * (0.35 + 1.3 * grey), smoothstep(0.02, 0.35, t));
}

// What a shape moves, lit up in the accent of the window, as if it glowed through the skin.
vec3 lit_up(vec3 color, float share) {
    float t = smoothstep(0.0, 1.0, share);
    return mix(color, vec3(0.06, 0.42, 0.95) * (0.3 + 1.1 * dot(color, HEAT_LUMINANCE)), 0.85 * t);
}
vec3 tinted(vec3 color, float value) {
#ifdef LIT
    return lit_up(color, value);
#else
    return heated(color, value);
#endif
}
