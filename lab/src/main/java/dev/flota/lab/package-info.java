@NullMarked
package dev.flota.lab;

import org.jspecify.annotations.NullMarked;
