#version 330 core
// Steps along edges are blended by how far the edge has come across its pixel: the idea of FXAA 3.11 (T. Lottes, 2011). Short searches
// keep small what has to be smoothed again about a region that was drawn again (REACH of smoothing.py); low thresholds, because dark hair
// before a dark stage is stepped as visibly as anything.
uniform sampler2D picture;
layout(location = 0) out vec4 fragment;

//: how far each step of the search goes, in pixels
const float STEPS[4] = float[4](1.0, 1.0, 2.0, 3.0);
//: differences in light below which there is no edge: of all, and for each of the brighter side
const float LEAST = 0.01, LEAST_SHARE = 0.05;
//: how much of a lone pixel is given to its neighbours
const float ALONE = 0.65;

float light(vec4 color) {
    return dot(color.rgb, vec3(0.299, 0.587, 0.114));
}

float light_at(int x, int y) {
    return light(texelFetch(picture, ivec2(x, y), 0));
}

float light_between(vec2 place) {
    return light(textureLod(picture, place, 0.0));
}

void main() {
    ivec2 p = ivec2(gl_FragCoord.xy), far = textureSize(picture, 0) - 1;
    int left = max(p.x - 1, 0), right = min(p.x + 1, far.x), below = max(p.y - 1, 0), above = min(p.y + 1, far.y);
    vec4 here = texelFetch(picture, p, 0);
    float m = light(here), n = light_at(p.x, above), s = light_at(p.x, below), e = light_at(right, p.y), w = light_at(left, p.y);
    float high = max(m, max(max(n, s), max(e, w))), range = high - min(m, min(min(n, s), min(e, w)));
    if (range < max(LEAST, high * LEAST_SHARE)) {
        fragment = here;
        return;
    }
    float nw = light_at(left, above), ne = light_at(right, above), sw = light_at(left, below), se = light_at(right, below);
    float upright = abs(nw - 2.0 * n + ne) + 2.0 * abs(w - 2.0 * m + e) + abs(sw - 2.0 * s + se);
    float level = abs(nw - 2.0 * w + sw) + 2.0 * abs(n - 2.0 * m + s) + abs(ne - 2.0 * e + se);
    bool lies = level >= upright;

    // the edge lies between this pixel and the neighbour that differs more
    float a = lies ? s : w, b = lies ? n : e;
    bool first = abs(a - m) >= abs(b - m);
    float middle = 0.5 * ((first ? a : b) + m), least = 0.25 * max(abs(a - m), abs(b - m));
    vec2 texel = 1.0 / vec2(far + 1), place = gl_FragCoord.xy * texel;
    vec2 along = lies ? vec2(texel.x, 0.0) : vec2(0.0, texel.y);
    vec2 across = (lies ? vec2(0.0, texel.y) : vec2(texel.x, 0.0)) * (first ? -1.0 : 1.0);

    // follow it both ways to where it steps
    float back = 0.0, forth = 0.0, back_light = 0.0, forth_light = 0.0;
    bool back_done = false, forth_done = false;
    for (int i = 0; i < 4; i++) {
        if (!back_done) {
            back += STEPS[i];
            back_light = light_between(place + 0.5 * across - back * along) - middle;
            back_done = abs(back_light) >= least;
        }
        if (!forth_done) {
            forth += STEPS[i];
            forth_light = light_between(place + 0.5 * across + forth * along) - middle;
            forth_done = abs(forth_light) >= least;
        }
    }
    bool steps_here = ((back < forth ? back_light : forth_light) < 0.0) != (m < middle);
    float share = steps_here ? 0.5 - min(back, forth) / (back + forth) : 0.0;

    // beside a straight edge the neighbours' mean is a third of the way across; what stands out further is alone, or a corner
    float mean = (2.0 * (n + s + e + w) + nw + ne + sw + se) / 12.0;
    float lone = smoothstep(0.3, 0.65, abs(mean - m) / range);
    fragment = textureLod(picture, place + across * max(share, lone * ALONE), 0.0);
}
