// Distances between two poses of one head as colours on a grey face: yellow, then red.
const vec3 HEAT_LUMINANCE = vec3(0.2126, 0.7152, 0.0722);
vec3 heated(vec3 color, float heat) {
    float t = clamp(heat, 0.0, 1.0);
    vec3 grey = vec3(dot(color, HEAT_LUMINANCE));
    vec3 hot = mix(vec3(1.0, 0.72, 0.08), vec3(0.9, 0.02, 0.02), smoothstep(0.25, 1.0, t));
    return mix(grey, hot * (0.35 + 1.3 * grey), smoothstep(0.02, 0.35, t));
}
