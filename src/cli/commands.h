/* The commands that exist, one file each. Layer: cli, private. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const Command command_fields;
extern const Command command_help;

#endif
