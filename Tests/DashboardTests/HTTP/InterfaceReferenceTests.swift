import Documents
import Glibc
import HeadroomTesting
import Testing

@testable import Dashboard

@Suite("The interface's reference") struct InterfaceReferenceTests {
  @Test("the reference page is what the routes render; HEADROOM_RECORD=1 writes it anew")
  func page() throws {
    let path = TestData.checkout + "/docs/reference/dashboard.md"
    let page = InterfaceReference.page
    if getenv("HEADROOM_RECORD") != nil { try Command.write(page, to: path) }
    #expect(String(decoding: try Input.read(path: path), as: UTF8.self) == page)
  }
}
