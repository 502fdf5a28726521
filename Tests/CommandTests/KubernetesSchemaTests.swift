import HeadroomTesting
import Testing

private let schemaValidator = TestData.checkout + "/.deps/python/bin/kubernetes-validate"

/// What is exported is held against the API's own published schemas, unknown fields refused: by kubernetes-validate,
/// which `script/bootstrap --full` installs.
@Suite(.enabled(if: ChildProcess.find(schemaValidator) != nil, "kubernetes-validate is not installed"))
struct KubernetesSchemaTests {
  func verdict(on manifest: String) throws -> (passes: Bool, words: String) {
    let folder = try Command.temporaryFolder()
    defer { Command.remove(folder: folder) }
    try Command.write(manifest, to: "\(folder)/manifest.yaml")
    let result = try ChildProcess.run(schemaValidator, ["--strict", "\(folder)/manifest.yaml"])
    return (result.status == 0, result.output)
  }

  @Test(
    "the real API's schema takes an exported HorizontalPodAutoscaler",
    arguments: [["--set", "namespace=web"], ["--set", "name=checkout"], []])
  func hpa(options: [String]) throws {
    let exported = try Command.run(
      ["export", "hpa", "plan.yaml", "--now", "2026-03-16"] + options, in: GoldenCommandTests.folder + "/export-hpa")
    #expect(exported.exit == 0, "\(exported.stderr)")
    let (passes, words) = try verdict(on: exported.stdout)
    #expect(passes, "\(words)")
  }

  @Test("and refuses a field that it does not know")
  func unknown() throws {
    let (passes, _) = try verdict(
      on: """
        apiVersion: autoscaling/v2
        kind: HorizontalPodAutoscaler
        metadata: { name: a }
        spec: { scaleTargetRef: { kind: Deployment, name: a }, maxReplicas: 3, stabilizationWindow: 60s }
        """)
    #expect(!passes)
  }
}
