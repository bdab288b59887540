package dev.flota.api;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.flota.api", importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
  @ArchTest
  static final ArchRule httpKnowsNothingOfDocker =
      noClasses()
          .that()
          .resideInAPackage("dev.flota.api.http..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.flota.api.docker..", "dev.flota.cluster..", "dev.flota.engine..");

  @ArchTest
  static final ArchRule dockerKnowsNothingOfTheDaemon =
      noClasses()
          .that()
          .resideInAPackage("dev.flota.api.docker..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.flota.api.daemon..",
              "dev.flota.api.config..",
              "dev.flota.api.doctor..",
              "dev.flota.api.tls..");

  @ArchTest
  static final ArchRule dockerReachesTheClusterThroughTheFleet =
      noClasses()
          .that()
          .resideInAPackage("dev.flota.api.docker..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.flota.cluster.host..",
              "dev.flota.cluster.image..",
              "dev.flota.cluster.stream..");

  @ArchTest
  static final ArchRule subjectsDoNotLeanOnEachOtherInCircles =
      slices().matching("dev.flota.api.docker.(*)..").should().beFreeOfCycles();
}
