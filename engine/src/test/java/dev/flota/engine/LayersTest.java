package dev.flota.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.flota.engine", importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
  @ArchTest
  static final ArchRule theEngineKnowsNoActorsAndNoHttpServer =
      noClasses().should().dependOnClassesThat().resideInAnyPackage("akka..");

  @ArchTest
  static final ArchRule machineryKnowsNothingOfContainersAsAWhole =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.flota.engine.container..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.flota.engine.container..");

  @ArchTest
  static final ArchRule partsDoNotLeanOnEachOtherInCircles =
      slices().matching("dev.flota.engine.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule whoDecidesCallsNoLibraryOfTheSystem =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "dev.flota.engine.linux..", "dev.flota.engine.network..", "dev.flota.engine.image..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.sun.jna..");
}
