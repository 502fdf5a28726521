import Catalogs
import Documents
import Quantities
import Testing

@Suite struct PlausibleRangeTests {
  private func told(_ text: String, _ read: (inout NodeReader, Node) -> Void) throws -> [Diagnostic] {
    let node = try JSON.parse(Array("\"\(text)\"".utf8), file: "plan.json")
    var reader = NodeReader()
    read(&reader, node)
    return reader.diagnostics.all
  }

  @Test("asks for the unit of a rate beyond any service", arguments: ["1e308/s", "1e13/s", "99T/s"])
  func rate(text: String) throws {
    for read in [
      { (r: inout NodeReader, n: Node) in _ = r.quantity(n, "traffic.average", as: RequestRate.self) },
      { (r: inout NodeReader, n: Node) in _ = r.replicaRate(n, "service.capacity") },
    ] {
      let problems = try told(text, read)
      #expect(problems.count == 1)
      #expect("\(problems[0])".contains("is not plausible"))
      #expect("\(problems[0])".contains("is the unit right?"))
    }
  }

  @Test("takes what the largest services do", arguments: ["120/s", "500M/s", "1e12/s"])
  func large(text: String) throws {
    #expect(try told(text) { _ = $0.quantity($1, "rate", as: RequestRate.self) }.isEmpty)
  }

  @Test("asks for the unit of a price, an amount, a span and a share")
  func others() throws {
    #expect(try told("$1e12/h") { _ = $0.price($1, "price") }.count == 1)
    #expect(try told("$1e300") { _ = $0.quantity($1, "budget", as: Money.self) }.count == 1)
    #expect(try told("1e200h") { _ = $0.quantity($1, "horizon", as: Duration.self) }.count == 1)
    #expect(try told("1e9%") { _ = $0.quantity($1, "growth", as: Fraction.self) }.count == 1)
    #expect(try told("$4/h") { _ = $0.price($1, "price") }.isEmpty)
  }
}
