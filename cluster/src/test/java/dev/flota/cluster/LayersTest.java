package dev.flota.cluster;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "dev.flota.cluster",
    importOptions = ImportOption.DoNotIncludeTests.class)
class LayersTest {
  @ArchTest
  static final ArchRule actorsKnowNoHttp =
      noClasses().should().dependOnClassesThat().resideInAnyPackage("akka.http..");

  @ArchTest
  static final ArchRule containersAndImagesDoNotKnowTheirHost =
      noClasses()
          .that()
          .resideOutsideOfPackages("dev.flota.cluster", "dev.flota.cluster.host..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.flota.cluster.host..");

  @ArchTest
  static final ArchRule partsDoNotLeanOnEachOtherInCircles =
      slices().matching("dev.flota.cluster.(*)..").should().beFreeOfCycles();
}
