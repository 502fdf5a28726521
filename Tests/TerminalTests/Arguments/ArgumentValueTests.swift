import Testing

@testable import Terminal

@Suite struct ArgumentValueTests {
  private func acceptsItsExample<Value: ArgumentValue>(_ type: Value.Type) -> Bool {
    Value(argument: Value.argumentExample) != nil
  }

  @Test("accepts its own example, for every type")
  func examples() {
    #expect(acceptsItsExample(String.self))
    #expect(acceptsItsExample(Int.self))
    #expect(acceptsItsExample(UInt64.self))
    #expect(acceptsItsExample(Double.self))
    #expect(acceptsItsExample(Bool.self))
    #expect(acceptsItsExample(ColorChoice.self))
    #expect(acceptsItsExample(Rate.self))
  }

  @Test("reads finite numbers only", arguments: ["nan", "inf", "-infinity", "1e999", "", " 1", "1 ", "0,5"])
  func numbers(word: String) {
    #expect(Double(argument: word) == nil)
  }

  @Test("keeps whole numbers whole", arguments: ["1.0", "9223372036854775808", "0x10", "1_000", "--1"])
  func wholeNumbers(word: String) {
    #expect(Int(argument: word) == nil)
  }

  @Test("reads what people write for true and false", arguments: [("yes", true), ("off", false), ("1", true)])
  func truth(word: String, value: Bool) {
    #expect(Bool(argument: word) == value)
    #expect(Bool(argument: "maybe") == nil)
  }
}
