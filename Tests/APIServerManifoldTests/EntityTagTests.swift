import Testing

@testable import APIServerManifold

@Suite struct EntityTagTests {
    @Test(
        "well-formed tags are understood",
        arguments: [
            ("user-admin", "admin", EntityTag.Kind.user, String?.none),
            ("unit-mysql-0", "mysql/0", .unit, "mysql"),
            ("unit-my-sql-12", "my-sql/12", .unit, "my-sql"),
            ("application-mysql", "mysql", .application, "mysql"),
            ("machine-0", "0", .machine, nil),
            ("machine-0-lxd-1", "0/lxd/1", .machine, nil),
            ("controller-2", "2", .controller, nil),
        ]
    )
    func wellFormed(text: String, name: String, kind: EntityTag.Kind, application: String?) throws {
        let tag = try #require(EntityTag(text))
        #expect(tag.kind == kind)
        #expect(tag.name == name)
        #expect(tag.application == application)
        #expect(tag.description == text)
        #expect(tag.isAgent == (kind != .user))
    }

    @Test(
        "malformed tags are refused",
        arguments: [
            "", "user", "user-", "user-a b", "admin", "unit-mysql", "unit-mysql-", "unit-mysql-x", "unit-mysql-01",
            "unit--0", "unit-0", "application-", "application-My", "application-my-1", "application-1my", "machine-",
            "machine-a", "controller-x", "machine-0-", "machine-0-lxd", "model-0", "unit-mysql-99999999999",
            "user-" + String(repeating: "a", count: 300),
        ]
    )
    func malformed(text: String) {
        #expect(EntityTag(text) == nil)
    }
}
