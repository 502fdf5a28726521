import Connecting
import Foundation
import Testing

@Suite struct CredentialsTests {
  func named(_ variables: [String: String]) throws(ConnectingError) -> Credentials {
    try Credentials.named("X") { variables[$0] }
  }

  @Test("without variables there are no credentials")
  func none() throws { #expect(try named([:]) == .none) }

  @Test("a token comes from a variable or from a file, without the file's line break")
  func token() throws {
    let path = NSTemporaryDirectory() + "headroom-token-\(UUID().uuidString)"
    try "from file\r\n".write(toFile: path, atomically: true, encoding: .utf8)
    defer { unlink(path) }
    #expect(try named(["X_TOKEN": "direct"]) == .bearer(token: "direct"))
    #expect(try named(["X_TOKEN_FILE": path]) == .bearer(token: "from file"))
  }

  @Test("a name and a password make basic authentication; half of the pair is an error")
  func basic() throws {
    #expect(try named(["X_USERNAME": "me", "X_PASSWORD": "pw"]) == .basic(username: "me", password: "pw"))
    for half in [["X_USERNAME": "me"], ["X_PASSWORD": "pw"]] {
      #expect(failure { () throws(ConnectingError) in try named(half) }?.code == .badCredentials)
    }
  }

  @Test("a file that is not there, an empty secret and a line break inside are errors")
  func bad() {
    for variables in [["X_TOKEN_FILE": "/nowhere/token"], ["X_TOKEN": ""], ["X_TOKEN": "a\r\nHost: b"]] {
      #expect(failure { () throws(ConnectingError) in try named(variables) }?.code == .badCredentials)
    }
  }

  @Test("the secret is never printed")
  func neverPrinted() {
    var text = ""
    dump(Credentials.bearer(token: "s3cret"), to: &text)
    print(Credentials.basic(username: "me", password: "s3cret"), to: &text)
    text += "\(Credentials.bearer(token: "s3cret"))" + String(reflecting: Credentials.bearer(token: "s3cret"))
    #expect(!text.contains("s3cret"))
  }
}
