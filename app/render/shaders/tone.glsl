// sRGB transfer (IEC 61966-2-1) and the ACES filmic curve in the form that three.js uses (Stephen Hill's fit).
vec3 decode_srgb(vec3 c) {
    return mix(pow((c + 0.055) / 1.055, vec3(2.4)), c / 12.92, vec3(lessThanEqual(c, vec3(0.04045))));
}

vec3 encode_srgb(vec3 c) {
    return mix(1.055 * pow(c, vec3(1.0 / 2.4)) - 0.055, c * 12.92, vec3(lessThanEqual(c, vec3(0.0031308))));
}

// Least-squares stand-ins, within 0.9/255 and 1.5/255 of the exact transfer: pow is dear on a processor.
vec3 decode_srgb_fast(vec3 c) {
    return c * (c * (c * (c * -0.2885522 + 0.8296162) + 0.3981161) + 0.0559744);
}

vec3 encode_srgb_fast(vec3 c) {
    vec3 s = sqrt(c);
    return min(12.92 * c, s * (1.5210671 + 0.2294315 * c) - 0.1398649 * sqrt(s) - 0.6082996 * c);
}

// exposure already carries the 1/0.6 that goes with this fit
vec3 aces(vec3 color) {
    const mat3 into = mat3(0.59719, 0.07600, 0.02840, 0.35458, 0.90834, 0.13383, 0.04823, 0.01566, 0.83777);
    const mat3 back = mat3(1.60475, -0.10208, -0.00327, -0.53108, 1.10813, -0.07276, -0.07367, -0.00605, 1.07602);
    vec3 v = into * color;
    v = (v * (v + 0.0245786) - 0.000090537) / (v * (0.983729 * v + 0.4329510) + 0.238081);
    return clamp(back * v, 0.0, 1.0);
}
