import Documents
import Testing

@testable import Dashboard

@Suite("The interface's document") struct OpenAPITests {
  private func document() throws -> Node {
    try JSON.parse(OpenAPI.document(Routes.all, version: "1.0.0"), file: "openapi.json")
  }

  @Test("every public address with its method stands in it, and nothing else")
  func complete() throws {
    let paths = try #require(try document()["paths"]?.entries)
    let told = Set(paths.flatMap { path in (path.value.entries ?? []).map { "\($0.key.uppercased()) \(path.key)" } })
    #expect(told == Set(Routes.all.filter(\.isPublic).map { "\($0.method.rawValue) \($0.pattern)" }))
  }

  @Test("every schema that is referred to is there, and operations have names of their own")
  func references() throws {
    let text = OpenAPI.document(Routes.all, version: "1.0.0")
    let schemas = Set((try document()["components"]?["schemas"]?.entries ?? []).map(\.key))
    var rest = text[...]
    while let range = rest.firstRange(of: "#/components/schemas/") {
      let name = rest[range.upperBound...].prefix { $0 != "\"" }
      #expect(schemas.contains(String(name)), "\(name)")
      rest = rest[range.upperBound...]
    }
    let ids = Routes.all.filter(\.isPublic).count
    #expect(Set(text.split(separator: "\"operationId\": \"").dropFirst().map { $0.prefix { $0 != "\"" } }).count == ids)
  }

  /// What a document must hold by its schema, and does not.
  private func lacking(_ value: Node, _ schema: Node, _ schemas: Node, _ path: String) -> [String] {
    if let reference = schema["$ref"]?.string, let name = reference.split(separator: "/").last,
      let target = schemas[String(name)]
    {
      return lacking(value, target, schemas, path)
    }
    if let choices = schema["anyOf"]?.elements {
      return value.isNull ? [] : lacking(value, choices[0], schemas, path)
    }
    switch schema["type"]?.string {
    case "object":
      guard value.entries != nil else { return ["\(path) is no object"] }
      let missing = (schema["required"]?.elements ?? []).compactMap(\.string).filter { value[$0] == nil }
      let inside = (schema["properties"]?.entries ?? []).flatMap { field in
        value[field.key].map { lacking($0, field.value, schemas, "\(path).\(field.key)") } ?? []
      }
      return missing.map { "\(path) lacks \($0)" } + inside
    case "array":
      guard let elements = value.elements, let items = schema["items"] else {
        return value.numbers == nil ? ["\(path) is no list"] : []
      }
      return elements.flatMap { lacking($0, items, schemas, path + "[]") }
    case "string": return value.string == nil ? ["\(path) is no text"] : []
    case "number": return value.number == nil ? ["\(path) is no number"] : []
    case "integer": return value.integer == nil ? ["\(path) is no whole number"] : []
    case "boolean": return value.bool == nil ? ["\(path) is no truth value"] : []
    default: return []
    }
  }

  @Test(
    "what is given holds what its schema says",
    arguments: [
      ("/api/v1/services", "Services"), ("/api/v1/services/search", "Plan"),
      ("/api/v1/services/\(SampleSite.name)/what-if?lift=2", "WhatIf"), ("/api/v1/services/napkin/what-if", "WhatIf"),
      ("/api/v1/simulations", "Simulations"), ("/api/v1/services/nobody", "Problem"),
    ])
  func conforms(_ target: String, _ name: String) throws {
    let schemas = try #require(try document()["components"]?["schemas"])
    let value = try JSON.parse(try SampleSite.site().ask("GET", target).bytes)
    #expect(lacking(value, try #require(schemas[name]), schemas, name) == [])
  }
}
