/** Docker's own description of its API, and whether answers keep to it. */
@NullMarked
package dev.flota.lab.contract;

import org.jspecify.annotations.NullMarked;
