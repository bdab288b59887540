package dev.flota.cluster.container;

import java.util.List;

/** What create answers. */
public record Created(String id, List<String> warnings) {}
