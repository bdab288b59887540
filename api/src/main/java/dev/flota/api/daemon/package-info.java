@NullMarked
package dev.flota.api.daemon;

import org.jspecify.annotations.NullMarked;
