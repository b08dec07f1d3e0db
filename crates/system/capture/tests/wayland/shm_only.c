/* xdg-desktop-portal-wlr 0.7.0 and 0.7.1 refuse an output without DMA-BUF, though they use shared memory when that is
 * asked for. This announces a DMA-BUF format, so that the check passes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#define XR24 0x34325258

struct wl_proxy;
const char *wl_proxy_get_class(struct wl_proxy *);

static void (*own[7])(void), (**real)(void);

static void buffer(void *data, void *frame, uint32_t format, uint32_t width, uint32_t height, uint32_t stride) {
  ((void (*)(void *, void *, uint32_t, uint32_t, uint32_t, uint32_t))real[0])(data, frame, format, width, height, stride);
  ((void (*)(void *, void *, uint32_t, uint32_t, uint32_t))real[5])(data, frame, XR24, width, height);
}

int wl_proxy_add_listener(struct wl_proxy *proxy, void (**listener)(void), void *data) {
  int (*next)(struct wl_proxy *, void (**)(void), void *) = dlsym(RTLD_NEXT, "wl_proxy_add_listener");
  if (!strcmp(wl_proxy_get_class(proxy), "zwlr_screencopy_frame_v1")) {
    real = listener;
    memcpy(own, listener, sizeof own);
    own[0] = (void (*)(void))buffer;
    listener = own;
  }
  return next(proxy, listener, data);
}
