/* Order of the hardware threads. Layer: bench. */
#include "places.h"

#include <stdbool.h>
#include <stddef.h>

/* The n-th hardware thread of a core that may be used; NULL: it has fewer. Of some cores that is the second
 * one alone. */
static hwloc_obj_t allowed_pu(hwloc_topology_t machine, hwloc_const_cpuset_t allowed, hwloc_obj_t core, int n)
{
    hwloc_obj_t pu = NULL;
    while ((pu = hwloc_get_next_obj_inside_cpuset_by_type(machine, core->cpuset, HWLOC_OBJ_PU, pu)))
        if (hwloc_bitmap_isset(allowed, pu->os_index) && n-- == 0) return pu;
    return NULL;
}

void places_find(hwloc_topology_t machine, hwloc_const_cpuset_t allowed, Places *out)
{
    int n_cores = hwloc_get_nbobjs_by_type(machine, HWLOC_OBJ_CORE);
    bool any = true;
    out->n = out->n_cores = 0;
    for (int sibling = 0; any; sibling++) {
        any = false;
        for (int i = 0; i < n_cores && out->n < PLACES_MAX; i++) {
            hwloc_obj_t core = hwloc_get_obj_by_type(machine, HWLOC_OBJ_CORE, (unsigned)i);
            hwloc_obj_t pu = allowed_pu(machine, allowed, core, sibling);
            if (!pu) continue;
            out->numbers[out->n++] = pu->os_index;
            any = true;
            if (sibling == 0) out->n_cores++;
        }
    }
}
