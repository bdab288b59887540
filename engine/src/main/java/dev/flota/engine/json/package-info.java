@NullMarked
package dev.flota.engine.json;

import org.jspecify.annotations.NullMarked;
