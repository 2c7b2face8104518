// Diffuse light, shared by both qualities so that their colours agree.

// How much light reaches a point whose baked occlusion is ao (1 open, 0 closed): deep cavities lose the lamps too,
// because nothing else casts shadows there.
float reach_of_lamps(float ao) {
    return mix(1.0, smoothstep(0.02, 0.65, ao), extras.y);
}

// Occluded skin glows red rather than grey: light that bounces inside a fold is tinted by the fold.
vec3 reach_of_sky(float ao, vec3 albedo) {
    vec3 a = albedo * 0.55;
    vec3 grey = vec3(ao);
    return mix(vec3(1.0), grey / (1.0 - a * (1.0 - grey)), extras.y);
}

vec3 wrapped(float facing, vec3 reach) {
    return clamp((vec3(facing) + reach) / (1.0 + reach), 0.0, 1.0);
}

vec3 lamp_light(vec3 n, float key_shadow) {
    // A shadowed terminator keeps its warmth: the shadow eats red last.
    vec3 shade = mix(vec3(key_shadow), vec3(1.0), 0.35 * wrap.rgb * (1.0 - key_shadow));
    vec3 sum = lamp_radiance[0].rgb * shade * wrapped(dot(n, lamp_direction[0].xyz), wrap.rgb);
    sum += lamp_radiance[1].rgb * wrapped(dot(n, lamp_direction[1].xyz), wrap.rgb);
    sum += lamp_radiance[2].rgb * clamp(dot(n, lamp_direction[2].xyz), 0.0, 1.0);
    return sum;
}

vec3 sky_light(vec3 n) {
    return mix(ground.rgb, sky.rgb, 0.5 * n.y + 0.5);
}
