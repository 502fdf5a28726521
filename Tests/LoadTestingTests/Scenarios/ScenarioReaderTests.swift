import Documents
import Glibc
import HeadroomTesting
import LoadTesting
import Testing

@Suite struct ScenarioReaderTests {
  static func problems(_ text: String) -> [String] {
    do {
      _ = try ScenarioTests.read(text)
      return []
    } catch let error as Diagnostics {
      return error.all.map(\.description)
    } catch {
      return ["\(error)"]
    }
  }

  @Test("everything that is wrong is told at once, each with its line and its remedy")
  func all() {
    let problems = Self.problems(
      """
      scenario: s
      stages: [{ rate: fast, for: 10s }, { rate: 5/s, to: 6/s, for: 1s }]
      steps:
        - { name: login, post: /login, json: { user: "{{nam}}" }, take: { token: { json: token } } }
        - { name: cart, get: "/cart/{{tokn}}", check: { status: 99, within: never } }
        - { name: cart, get: cart, put: /x }
        - { name: p, get: /, take: { a: { pattern: "(" }, b: {} }, think: long }
      data: { users: users.csv }
      expect: [logn p99 < 1s, p99 < fast]
      """)
    for expected in [
      "shop.yaml:2:18: error: 'rate'", "shop.yaml:2:44: error: a stage holds a rate or goes from one to another",
      "nothing fills '{{nam}}'", "'token' is no JSON pointer", "did you mean '{{token}}'?", "'status' is none: \"99\"",
      "'within'", "a step with several requests", "the pattern '(' cannot be read", "'b' is taken from nowhere",
      "'think' is no pause", "no step and no kind of session is called 'logn'; did you mean 'login'?",
      "'p99 < fast' names no time",
    ] {
      #expect(problems.contains { $0.contains(expected) }, "\(expected) in \(problems.joined(separator: "\n"))")
    }
    #expect(problems.allSatisfy { $0.contains("help:") && $0.contains("shop.yaml:") })
  }

  @Test(
    "what is not a scenario is refused with a place",
    arguments: [
      "", "[]", "scenario: s\n", "scenario: s\nstages: []\nsteps: [{ get: / }]", "scenario: s\nsteps: 3\nstages: 4",
      "scenario: s\nstages: [{ rate: 1/s, for: 1s }]\nsteps: []",
      "scenario: s\nstages: [{ rate: -1/s, for: 1s }]\nsteps: [{ get: / }]",
      "scenario: s\nstages: [{ rate: 1/s, for: 1s }]\nsteps: [{ get: /, tims: 3 }]",
      "scenario: s\nstages: [{ rate: 1/s, for: 1s }]\nsteps: [{ get: / }]\nsessions: { a: { steps: [{ get: / }] } }",
      "scenario: s\nwarmup: 2s\nstages: [{ rate: 1/s, for: 1s }]\nsteps: [{ get: / }]",
      "scenario: s\nstages: [{ rate: 1e300/s, for: 1s }, { for: nan }]\nsteps: [{ get: /{{prompt:x}} }]",
    ])
  func refused(_ text: String) {
    #expect(!Self.problems(text).isEmpty)
  }
}

/// Recorded together with the other pages that descriptors render.
@Suite struct ScenarioDescriptorTests {
  @Test(
    "the example is a scenario, and the reference page is what the schema renders; HEADROOM_RECORD=1 writes it anew")
  func example() throws {
    let scenario = try ScenarioTests.read(Scenario.example)
    #expect(scenario.kinds.map(\.name) == ["buyer", "visitor"])
    #expect(scenario.expectations.count == 3)
    let path = TestData.checkout + "/docs/reference/scenario-file.md"
    if getenv("HEADROOM_RECORD") != nil { try Command.write(Scenario.reference, to: path) }
    #expect(String(decoding: try Input.read(path: path), as: UTF8.self) == Scenario.reference)
  }
}
