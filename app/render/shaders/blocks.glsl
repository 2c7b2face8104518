// Per-frame and per-surface numbers, filled by app/render/blocks.py (std140: everything is a vec4 or a mat4).
layout(std140) uniform Frame {
    mat4 view_projection;
    mat4 shadow_projection;
    vec4 eye;               // xyz: camera in the world; w: exposure
    vec4 lamp_direction[3]; // xyz: towards the lamp
    vec4 lamp_radiance[3];  // rgb: radiance of a white surface that faces the lamp
    vec4 sky;               // rgb: radiance of a white surface that faces up
    vec4 ground;            // rgb: ... that faces down
    vec4 shadow;            // x: strength, y: texel size, z: bias; w: how much of the baked openness counts
};
layout(std140) uniform Surface {
    vec4 base_color;        // linear
    vec4 emissive;          // rgb linear, a: alpha cutoff
    vec4 pbr;               // roughness, metallic, normal scale, occlusion strength
    vec4 limits;            // lowest and highest roughness, highest metalness, specular factor
    vec4 wrap;              // rgb: reach of the light past the terminator, a: sheen
    vec4 extras;            // glint, cavity, mean roughness and metalness (for shaders that read no maps)
};
