@NullMarked
package dev.flota.engine.event;

import org.jspecify.annotations.NullMarked;
