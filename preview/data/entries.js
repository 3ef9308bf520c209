kigenGallery.list({"title":"kigen: preview","madeFor":"2021-09-01","fields":["day","kind","contract","line","occasion","company","partner","action","reason","subject","people"], "rows": [
["2021-09-01","renewal-notice","K-1","1","2022-01/5m","株式会社K-1","","skip","superseded","",""],
["2021-09-01","renewal-notice","K-1","1","2022-01/4m","株式会社K-1","","hold","owner-missing","",""],
["2021-09-01","service-start","K-1","1","2021-02-01","株式会社K-1","","skip","window-closed","",""]], "chunks": [[3,"c9852fa197a8a691"]]});
