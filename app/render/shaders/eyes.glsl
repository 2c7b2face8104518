// The catch-light that makes eyes look alive: a round softbox before the face, on the key lamp's side and high enough
// to sit at the iris's upper rim, and a faint window on the fill's side. Fixed in the world, so it wanders as one orbits.
vec3 catch_light(vec3 mirrored) {
    const vec3 softbox = vec3(0.3515, 0.4218, 0.8358), window = vec3(-0.5034, 0.2098, 0.8382);
    float key = smoothstep(0.972, 0.988, dot(mirrored, softbox));
    float fill = smoothstep(0.972, 0.992, dot(mirrored, window));
    return lamp_radiance[0].rgb * key + 0.25 * lamp_radiance[1].rgb * fill;
}
