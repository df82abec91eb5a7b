#!/usr/bin/env python3
"""Fills a photo server's library, while it is stopped, with displays and with photos that have no files.

usage: seed_library.py LIBRARY DISPLAYS PHOTOS BIG

DISPLAYS displays show an album of PHOTOS photos; another album has BIG photos. Their renditions are noted as cut, so that the
server does not look for files that are not there.
"""
import hashlib
import sqlite3
import sys

RECIPE = "v2 jpeg 1920x1080 contain 0 q88"
NOW = "2026-01-01 00:00:00.000"


def insert(db, table, row):
    """Inserts the members that the table has: a newer one may have more, with defaults."""
    known = {column[1] for column in db.execute(f"PRAGMA table_info({table})")}
    row = {name: value for name, value in row.items() if name in known}
    names = ", ".join(row)
    marks = ", ".join("?" * len(row))
    return db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(row.values())).lastrowid


def album(db, name, first, count):
    album_id = insert(db, "album", {"name": name, "createdAt": NOW})
    for number in range(first, first + count):
        content = hashlib.sha256(f"photo {number}".encode()).hexdigest()
        photo_id = insert(db, "photo", {
            "name": f"IMG_{number:06}.jpg", "contentHash": content, "format": "jpeg", "byteCount": 4000000,
            "width": 6000, "height": 4000, "addedAt": NOW, "sortKey": f"2026-01-01T00:00:00 {number:06}"})
        insert(db, "albumPhoto", {"albumID": album_id, "photoID": photo_id, "position": number - first})
        insert(db, "rendition", {
            "id": hashlib.sha256(f"{content}\n{RECIPE}".encode()).hexdigest(), "photoID": photo_id,
            "recipe": RECIPE, "byteCount": 500000})
    return album_id


def main():
    path, displays, photos, big = sys.argv[1], *map(int, sys.argv[2:5])
    db = sqlite3.connect(path)
    shown = album(db, "Shown", 0, photos)
    album(db, "Big", photos, big)
    for number in range(displays):
        insert(db, "display", {
            "id": f"00000000-0000-4000-8000-{number:012}", "name": f"Display {number:04}", "state": "approved",
            "secretHash": "", "albumID": shown, "shownAlbumID": shown, "width": 1920, "height": 1080, "fit": "contain",
            "rotation": 0, "settings": "{}", "power": "on", "registeredAt": NOW, "generation": 1,
            "publishedGeneration": 0})
    db.commit()


main()
