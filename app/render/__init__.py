"""The only room with GL: renderer, shaders, the two views, frames for video."""
