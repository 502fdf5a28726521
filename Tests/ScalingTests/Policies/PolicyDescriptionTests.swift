import Documents
import Testing

@testable import Scaling

@Suite struct PolicyDescriptionTests {
  @Test(
    "every example is YAML that its own schema accepts and its reader takes without a word",
    arguments: PolicyList.all.indices)
  func examples(_ i: Int) throws {
    let descriptor = PolicyList.all[i]
    let scaling = try #require(try YAML.parse(descriptor.example)["scaling"])
    let block = try #require(scaling[descriptor.name])
    #expect(descriptor.schema.validate(block, path: descriptor.name).all.isEmpty)
    var reader = PolicyReader()
    let recipe = reader.policy(of: scaling, "scaling")
    #expect(reader.problems.all.isEmpty, "\(descriptor.name): \(reader.problems)")
    #expect(recipe?.name == descriptor.name)
    #expect(recipe?.title.isEmpty == false)
  }

  @Test("names are unique") func names() {
    #expect(Set(PolicyList.all.map(\.name)).count == PolicyList.all.count)
  }
}
