package org.memo;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may know whom, over the classes of every module that the command line runs on. */
class ArchitectureTest {
  private static final String GENERATED = ".generated";
  private static final Set<String> RESTRICTED_METHODS =
      Set.of(
          "java.lang.foreign.MemorySegment.reinterpret",
          "java.lang.foreign.AddressLayout.withTargetLayout",
          "java.lang.System.load",
          "java.lang.System.loadLibrary",
          "java.lang.Runtime.load",
          "java.lang.Runtime.loadLibrary");

  private static JavaClasses memo;

  @BeforeAll
  static void readTheClasses() {
    memo =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("org.memo");
  }

  @Test
  void everyModuleIsLookedAt() {
    for (String name : Set.of("bindings", "planner", "device", "parallel", "cli")) {
      assertTrue(memo.containPackage("org.memo." + name), "no class of " + name + " was found");
    }
  }

  @Test
  void thePlannerKnowsNoOtherModule() {
    noClasses()
        .that()
        .resideInAPackage("org.memo.planner..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("org.memo..").and(not(resideInAPackage("org.memo.planner.."))))
        .check(memo);
  }

  @Test
  void theBindingsKnowNoOtherModule() {
    noClasses()
        .that()
        .resideInAPackage("org.memo.bindings..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("org.memo..").and(not(resideInAPackage("org.memo.bindings.."))))
        .check(memo);
  }

  @Test
  void theRuntimeKnowsNeitherRanksNorCommands() {
    noClasses()
        .that()
        .resideOutsideOfPackages("org.memo.parallel..", "org.memo.cli..")
        .should()
        .dependOnClassesThat(resideInAnyPackage("org.memo.parallel..", "org.memo.cli.."))
        .check(memo);
  }

  @Test
  void theParallelModuleKnowsNoCommands() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.memo.cli..")
        .should()
        .dependOnClassesThat(resideInAPackage("org.memo.cli.."))
        .check(memo);
  }

  @Test
  void onlyTheCheckedLayerOfALibraryUsesItsGeneratedPackage() {
    classes().should(useGeneratedPackagesOnlyOfTheirOwnLibrary()).check(memo);
  }

  @Test
  void onlyOnePackageKnowsOrTools() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.memo.planner.ortools..")
        .should()
        .dependOnClassesThat(resideInAnyPackage("com.google.ortools..", "com.google.protobuf.."))
        .check(memo);
  }

  @Test
  void onlyTheBindingsLinkNativeFunctions() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.memo.bindings..")
        .should()
        .dependOnClassesThat(
            describe(
                "link native functions",
                used ->
                    used.isEquivalentTo(Linker.class) || used.isEquivalentTo(SymbolLookup.class)))
        .check(memo);
  }

  @Test
  void onlyTheBindingsAndOrToolsLoaderCallRestrictedMethods() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.memo.bindings..")
        .and()
        .doNotHaveFullyQualifiedName("org.memo.planner.ortools.OrToolsNatives")
        .should()
        .callMethodWhere(describe("it is restricted", call -> isRestricted(call.getTarget())))
        .check(memo);
  }

  private static boolean isRestricted(AccessTarget target) {
    return RESTRICTED_METHODS.contains(target.getOwner().getName() + "." + target.getName());
  }

  private static ArchCondition<JavaClass> useGeneratedPackagesOnlyOfTheirOwnLibrary() {
    return new ArchCondition<>("use generated packages only of their own library") {
      @Override
      public void check(JavaClass user, ConditionEvents events) {
        user.getDirectDependenciesFromSelf().stream()
            .filter(use -> isForeignGenerated(user, use))
            .forEach(use -> events.add(SimpleConditionEvent.violated(user, use.getDescription())));
      }
    };
  }

  private static boolean isForeignGenerated(JavaClass user, Dependency use) {
    String used = use.getTargetClass().getPackageName();
    if (!used.startsWith("org.memo.bindings.") || !used.endsWith(GENERATED)) {
      return false;
    }
    String library = used.substring(0, used.length() - GENERATED.length());
    return !user.getPackageName().equals(library) && !user.getPackageName().equals(used);
  }
}
