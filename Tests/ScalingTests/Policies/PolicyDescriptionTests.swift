import Documents
import Testing

@testable import Scaling

@Suite struct PolicyDescriptionTests {
  private static let all = [
    HPAPolicy.descriptor, KedaPolicy.descriptor, KnativePolicy.descriptor, RayServePolicy.descriptor,
    StepScalingPolicy.descriptor, SchedulePolicy.descriptor, CompositePolicy.descriptor, PredictivePolicy.descriptor,
  ]

  @Test("every example is YAML that sets known parameters only") func examples() throws {
    for descriptor in Self.all {
      let block = try #require(try YAML.parse(descriptor.example)["scaling"]?[descriptor.name], "\(descriptor.name)")
      let known = descriptor.parameters.map(\.name)
      for (key, _, _) in block.entries ?? [] { #expect(known.contains(key), "\(descriptor.name): \(key)") }
      for parameter in descriptor.parameters where parameter.defaultValue.isEmpty && parameter.name != "name" {
        // What must be given is in the example; a manifest may stand for it.
        #expect(block[parameter.name] != nil || parameter.name == "manifest", "\(descriptor.name): \(parameter.name)")
      }
    }
  }

  @Test("names are unique") func names() {
    #expect(Set(Self.all.map(\.name)).count == Self.all.count)
  }
}
