import Testing

@testable import Documents

@Suite struct JSONWriterTests {
  private func sample(pretty: Bool) -> String {
    var json = JSONWriter(pretty: pretty)
    json.object { json in
      json.key("name")
      json.string("a\"b\\c\n\u{1}é")
      json.key("values")
      json.numbers([1, 2.5, .nan, -.infinity])
      json.key("list")
      json.array { json in
        json.integer(-3)
        json.bool(true)
        json.null()
        json.object { _ in }
        json.array { _ in }
      }
      json.key("peak")
      json.number(120)
    }
    return json.text
  }

  @Test("writes compact JSON with keys in the order written")
  func compact() {
    #expect(
      sample(pretty: false)
        == #"{"name":"a\"b\\c\n\u0001é","values":[1,2.5,null,null],"list":[-3,true,null,{},[]],"peak":120}"#)
  }

  @Test("writes pretty JSON, numbers on one line")
  func pretty() {
    #expect(
      sample(pretty: true) == #"""
        {
          "name": "a\"b\\c\n\u0001é",
          "values": [1, 2.5, null, null],
          "list": [
            -3,
            true,
            null,
            {},
            []
          ],
          "peak": 120
        }
        """#)
  }

  @Test("writes a document that was read as the same document")
  func nodes() throws {
    let text = #"{"b":[1,{"x":null}],"a":"é\n","n":9007199254740993,"t":false,"e":1e+300}"#
    var json = JSONWriter()
    json.node(try JSON.parse(text))
    #expect(json.text == text)
  }
}
