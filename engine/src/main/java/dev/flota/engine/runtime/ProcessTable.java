package dev.flota.engine.runtime;

import java.util.List;

/** The answer of {@code docker top}: {@code ps}'s column titles and one row per process. */
public record ProcessTable(List<String> titles, List<List<String>> processes) {}
