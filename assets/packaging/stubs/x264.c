/* Stands for libx264 (GPL), which FFmpeg's libavcodec links, so that a package without it loads. Written for VisemeSync Preview, MIT.
   Every encoder fails to open: FFmpeg then says so, and the program writes films in another way. BUILD is x264's, as in the library's name. */
#include <stddef.h>

#if defined(_WIN32)
#define SHOWN __declspec(dllexport)
#else
#define SHOWN __attribute__((visibility("default")))
#endif
#define JOINED_(a, b) a##b
#define JOINED(a, b) JOINED_(a, b)

/* ends a list of levels at its first entry, whatever their size */
SHOWN const unsigned char x264_levels[256] = {0};

SHOWN void x264_param_default(void *param) { (void)param; }
SHOWN int x264_param_default_preset(void *param, const char *preset, const char *tune) { (void)param; (void)preset; (void)tune; return -1; }
SHOWN int x264_param_parse(void *param, const char *name, const char *value) { (void)param; (void)name; (void)value; return -1; }
SHOWN int x264_param_apply_profile(void *param, const char *profile) { (void)param; (void)profile; return -1; }
SHOWN void x264_param_apply_fastfirstpass(void *param) { (void)param; }
SHOWN void x264_param_cleanup(void *param) { (void)param; }
SHOWN void x264_picture_init(void *picture) { (void)picture; }
SHOWN void *JOINED(x264_encoder_open_, BUILD)(void *param) { (void)param; return NULL; }
SHOWN int x264_encoder_reconfig(void *encoder, void *param) { (void)encoder; (void)param; return -1; }
SHOWN int x264_encoder_headers(void *encoder, void **nal, int *count) { (void)encoder; (void)nal; if (count) *count = 0; return -1; }
SHOWN int x264_encoder_encode(void *encoder, void **nal, int *count, void *in, void *out)
{
    (void)encoder; (void)nal; (void)in; (void)out;
    if (count) *count = 0;
    return -1;
}
SHOWN int x264_encoder_delayed_frames(void *encoder) { (void)encoder; return 0; }
SHOWN int x264_encoder_maximum_delayed_frames(void *encoder) { (void)encoder; return 0; }
SHOWN void x264_encoder_close(void *encoder) { (void)encoder; }
