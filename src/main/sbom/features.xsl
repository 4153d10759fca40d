<?xml version="1.0" encoding="UTF-8"?>
<!-- Adds the runtime, and each of its features that the server's configuration names, to a bill of materials. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
                xmlns:bom="http://cyclonedx.org/schema/bom/1.6" xmlns="http://cyclonedx.org/schema/bom/1.6"
                exclude-result-prefixes="bom">

  <xsl:param name="version"/> <!-- the runtime's release -->
  <xsl:param name="config"/>  <!-- the folder of server.xml -->

  <xsl:output indent="yes"/>
  <xsl:strip-space elements="*"/>

  <xsl:template match="@*|node()">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
    </xsl:copy>
  </xsl:template>

  <xsl:template match="bom:components[not(ancestor::bom:components) and not(ancestor::bom:metadata)]">
    <xsl:copy>
      <xsl:apply-templates select="@*|node()"/>
      <xsl:call-template name="component">
        <xsl:with-param name="group">io.openliberty</xsl:with-param>
        <xsl:with-param name="name">openliberty-runtime</xsl:with-param>
        <xsl:with-param name="type">zip</xsl:with-param>
      </xsl:call-template>
      <xsl:for-each select="document(concat('file:', $config, 'server.xml'))//feature
                            | document(concat('file:', $config, 'tls-on.xml'))//feature
                            | document(concat('file:', $config, 'clients-jwt.xml'))//feature
                            | document(concat('file:', $config, 'telemetry-on.xml'))//feature">
        <xsl:call-template name="component">
          <xsl:with-param name="group">io.openliberty.features</xsl:with-param>
          <xsl:with-param name="name" select="."/>
          <xsl:with-param name="type">esa</xsl:with-param>
        </xsl:call-template>
      </xsl:for-each>
    </xsl:copy>
  </xsl:template>

  <xsl:template name="component">
    <xsl:param name="group"/>
    <xsl:param name="name"/>
    <xsl:param name="type"/>
    <xsl:variable name="purl" select="concat('pkg:maven/', $group, '/', $name, '@', $version, '?type=', $type)"/>
    <component type="framework" bom-ref="{$purl}">
      <group><xsl:value-of select="$group"/></group>
      <name><xsl:value-of select="$name"/></name>
      <version><xsl:value-of select="$version"/></version>
      <scope>required</scope>
      <purl><xsl:value-of select="$purl"/></purl>
    </component>
  </xsl:template>
</xsl:stylesheet>
