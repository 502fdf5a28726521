import Documents
import Quantities

/// Shorthands for the keys of our documents. A value that is not there is null: keys never come and go.
extension JSONWriter {
  mutating func entry(_ key: String, _ value: String?) {
    self.key(key)
    if let value { string(value) } else { null() }
  }
  mutating func entry(_ key: String, _ value: Double?) {
    self.key(key)
    if let value { number(value) } else { null() }
  }
  mutating func entry(_ key: String, _ value: Int?) {
    self.key(key)
    if let value { integer(value) } else { null() }
  }
  mutating func entry(_ key: String, _ value: Bool) {
    self.key(key)
    bool(value)
  }
  mutating func entry(_ key: String, _ value: (some Quantity)?) { entry(key, value?.rawValue) }
  mutating func entry(_ key: String, seconds value: Duration?) { entry(key, value?.seconds) }
  mutating func entry(_ key: String, _ value: Timestamp?) { entry(key, value?.iso8601) }
  mutating func entry(_ key: String, _ value: CivilDate?) { entry(key, value?.description) }
  mutating func entry(_ key: String, values: [Double]) {
    self.key(key)
    numbers(values)
  }
  /// An estimate as an object of low, mid, high and confidence.
  mutating func entry<Value: Quantity>(_ key: String, _ value: Estimate<Value>?) {
    self.key(key)
    guard let value else { return null() }
    object { json in
      json.entry("low", value.low)
      json.entry("mid", value.mid)
      json.entry("high", value.high)
      json.entry("confidence", value.confidence)
    }
  }
  mutating func entry(_ key: String, texts: [String]) {
    self.key(key)
    array { json in for text in texts { json.string(text) } }
  }
  mutating func object(_ key: String, _ body: (inout JSONWriter) -> Void) {
    self.key(key)
    object(body)
  }
  /// An object, or null where there is nothing to write about.
  mutating func object<Value>(_ key: String, _ value: Value?, _ body: (inout JSONWriter, Value) -> Void) {
    self.key(key)
    guard let value else { return null() }
    object { json in body(&json, value) }
  }
  mutating func objects<Element>(_ key: String, _ elements: [Element], _ body: (inout JSONWriter, Element) -> Void) {
    self.key(key)
    array { json in
      for element in elements { json.object { json in body(&json, element) } }
    }
  }
}
