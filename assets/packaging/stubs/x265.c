/* Stands for libx265 (GPL), which FFmpeg's libavcodec links, so that a package without it loads. Written for VisemeSync Preview, MIT.
   x265 hands out a table of functions; every function of this table does nothing and returns 0, so that making parameters fails and FFmpeg
   says so. BUILD is x265's, as in the library's name. */
#include <stddef.h>

#if defined(_WIN32)
#define SHOWN __declspec(dllexport)
#else
#define SHOWN __attribute__((visibility("default")))
#endif
#define JOINED_(a, b) a##b
#define JOINED(a, b) JOINED_(a, b)
#define MOST 128

static void *nothing(void) { return NULL; }
static void *(*table[MOST])(void);

SHOWN const void *JOINED(x265_api_get_, BUILD)(int depth)
{
    int i;
    (void)depth;
    for (i = 0; i < MOST; i++)
        table[i] = nothing;
    return table;
}
